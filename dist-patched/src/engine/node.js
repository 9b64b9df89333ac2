import { deadline, initial, step, } from "../core/index.js";
import { decode, encode } from "../wire/codec.js";
const maxDatagram = 512;
export function createNode(parts) {
    const { clock, transport, journal } = parts;
    const machines = new Map();
    let over = false;
    function start() {
        const now = clock.now();
        for (const { policy, performer } of parts.serve) {
            machines.set(policy.address, { policy, performer, stopped: null, state: initial(policy, now) });
        }
        transport.listen(receive, (peer) => tell({ kind: 'refused', peer }));
        tell({ kind: 'tick' });
    }
    function receive(bytes, from) {
        const drop = (reason) => journal.dropped(reason, from, clock.now().mono);
        if (bytes.length > maxDatagram)
            return drop('too-long');
        const decoded = decode(bytes);
        if (!decoded.ok)
            return drop(decoded.reason);
        const machine = machines.get(decoded.advertisement.address);
        if (!machine)
            return drop('other-address');
        advance(machine, { kind: 'heard', from, advertisement: decoded.advertisement });
        setAlarm();
    }
    function advance(machine, event) {
        if (machine.stopped !== null)
            return;
        const result = step(machine.policy, machine.state, clock.now(), event);
        machine.state = result.state;
        for (const effect of result.effects)
            perform(machine, effect);
    }
    function perform(machine, effect) {
        const { address } = machine.policy;
        const { mono } = machine.state.clock;
        switch (effect.kind) {
            case 'send':
                return effect.via === 'probe'
                    ? transport.probe(encode(effect.advertisement), effect.to)
                    : transport.send(encode(effect.advertisement), effect.to);
            case 'call':
                return machine.performer.start(effect.ticket, effect.call, (ticket, outcome) => {
                    advance(machine, { kind: 'settled', ticket, outcome });
                    setAlarm();
                });
            case 'abort':
                return machine.performer.abort(effect.ticket);
            case 'report':
                return journal.report(address, effect.report, mono);
            case 'drop':
                return journal.dropped(effect.reason, effect.from, mono);
            case 'stop':
                machine.stopped = effect.code;
                return stopIfAllHave();
        }
    }
    function stopIfAllHave() {
        const codes = [...machines.values()].map((machine) => machine.stopped);
        if (over || codes.includes(null))
            return;
        over = true;
        clock.wakeAt(null, () => { });
        parts.onStopped(Math.max(...codes.map((code) => code ?? 0)));
    }
    /** One alarm for all machines. A step before its machine's deadline would change nothing. */
    function setAlarm() {
        if (over)
            return;
        let next = Number.POSITIVE_INFINITY;
        for (const machine of machines.values()) {
            if (machine.stopped === null)
                next = Math.min(next, deadline(machine.state));
        }
        clock.wakeAt(next, wake);
    }
    function wake() {
        const { mono } = clock.now();
        for (const machine of machines.values()) {
            if (deadline(machine.state) <= mono)
                advance(machine, { kind: 'tick' });
        }
        setAlarm();
    }
    function tell(event, address) {
        for (const machine of machines.values()) {
            if (address === undefined || machine.policy.address === address)
                advance(machine, event);
        }
        setAlarm();
    }
    function reload(policy) {
        const machine = machines.get(policy.address);
        if (!machine)
            return;
        const previous = machine.policy;
        machine.policy = policy;
        tell({ kind: 'policy', previous }, policy.address);
    }
    return {
        start,
        tell,
        reload,
        command: (command, address) => tell({ kind: 'command', command }, address),
        state: (address) => machines.get(address)?.state,
        policy: (address) => machines.get(address)?.policy,
    };
}
