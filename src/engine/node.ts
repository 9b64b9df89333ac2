import {
  type Command,
  deadline,
  type Effect,
  type Event,
  type IpAddress,
  initial,
  type Policy,
  type State,
  step,
} from '../core/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observe } from '../ports/observation.ts';
import type { Transport } from '../ports/transport.ts';
import { decode, encode } from '../wire/codec.ts';
import type { Performer } from './lane.ts';

/** One shared address of this process: its settings and who performs its calls. */
export interface Served {
  readonly policy: Policy;
  readonly performer: Performer;
}

export interface NodeParts {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Is told of everything that happens here. */
  readonly observe: Observe;
  readonly serve: readonly Served[];
  /** Every address has stopped; the highest of their exit codes. Called once. */
  readonly onStopped: (code: number) => void;
}

/** A process: a machine per address over one socket and one timer. Nothing here waits for anything. */
export interface Node {
  start(): void;
  /** To one address, or to all. */
  tell(event: Event, address?: IpAddress): void;
  command(command: Command, address?: IpAddress): void;
  /** New settings of one address, in force from now on. */
  reload(policy: Policy): void;
  state(address: IpAddress): State | undefined;
  policy(address: IpAddress): Policy | undefined;
}

interface Machine {
  policy: Policy;
  state: State;
  stopped: number | null;
  readonly performer: Performer;
}

export function createNode(parts: NodeParts): Node {
  const { clock, transport, observe } = parts;
  const machines = new Map<IpAddress, Machine>();
  let over = false;

  function start(): void {
    const now = clock.now();
    for (const { policy, performer } of parts.serve) {
      machines.set(policy.address, { policy, performer, stopped: null, state: initial(policy, now) });
    }
    transport.listen(receive, (peer) => tell({ kind: 'refused', peer }));
    tell({ kind: 'tick' });
  }

  function receive(bytes: Uint8Array, from: IpAddress): void {
    observe({ kind: 'datagram', way: 'in', bytes, from });
    const decoded = decode(bytes);
    if (!decoded.ok) return drop(decoded.reason, from);
    const machine = machines.get(decoded.advertisement.address);
    if (!machine) return drop('other-address', from);
    advance(machine, { kind: 'heard', from, advertisement: decoded.advertisement });
    setAlarm();
  }

  function drop(reason: string, from: IpAddress, mono = clock.now().mono): void {
    observe({ kind: 'drop', reason, from, mono });
  }

  function advance(machine: Machine, event: Event): void {
    if (machine.stopped !== null) return;
    const result = step(machine.policy, machine.state, clock.now(), event);
    machine.state = result.state;
    for (const effect of result.effects) perform(machine, effect);
  }

  function perform(machine: Machine, effect: Effect): void {
    const { address } = machine.policy;
    const { mono } = machine.state.clock;
    switch (effect.kind) {
      case 'send':
        return send(effect, address);
      case 'call':
        return call(machine, effect);
      case 'abort':
        observe({ kind: 'call', change: 'abandoned', address, ticket: effect.ticket, mono });
        return machine.performer.abort(effect.ticket);
      case 'report':
        return observe({ kind: 'report', address, mono, report: effect.report });
      case 'drop':
        return drop(effect.reason, effect.from, mono);
      case 'stop':
        machine.stopped = effect.code;
        return stopIfAllHave();
    }
  }

  function send({ advertisement, to, via }: Effect & { kind: 'send' }, address: IpAddress): void {
    const bytes = encode(advertisement);
    observe({ kind: 'datagram', way: 'out', bytes, to, address });
    if (via === 'probe') transport.probe(bytes, to);
    else transport.send(bytes, to);
  }

  function call(machine: Machine, { ticket, call }: Effect & { kind: 'call' }): void {
    const { address } = machine.policy;
    observe({ kind: 'call', change: 'started', address, ticket, call, mono: machine.state.clock.mono });
    machine.performer.start(ticket, call, (_ticket, outcome, tookMs) => {
      const { mono } = clock.now();
      observe({ kind: 'call', change: 'settled', address, ticket, call, mono, outcome, tookMs });
      advance(machine, { kind: 'settled', ticket, outcome });
      setAlarm();
    });
  }

  function stopIfAllHave(): void {
    const codes = [...machines.values()].map((machine) => machine.stopped);
    if (over || codes.includes(null)) return;
    over = true;
    clock.wakeAt(null, () => {});
    parts.onStopped(Math.max(...codes.map((code) => code ?? 0)));
  }

  /** One alarm for all machines. A step before its machine's deadline would change nothing. */
  function setAlarm(): void {
    if (over) return;
    let next = Number.POSITIVE_INFINITY;
    for (const machine of machines.values()) {
      if (machine.stopped === null) next = Math.min(next, deadline(machine.state));
    }
    clock.wakeAt(next, wake);
  }

  function wake(): void {
    const { mono } = clock.now();
    for (const machine of machines.values()) {
      if (deadline(machine.state) <= mono) advance(machine, { kind: 'tick' });
    }
    setAlarm();
  }

  function tell(event: Event, address?: IpAddress): void {
    for (const machine of machines.values()) {
      if (address === undefined || machine.policy.address === address) advance(machine, event);
    }
    setAlarm();
  }

  function reload(policy: Policy): void {
    const machine = machines.get(policy.address);
    if (!machine) return;
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
