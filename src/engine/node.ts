import {
  type Command,
  deadline,
  type Effect,
  type Event,
  type IpAddress,
  initial,
  type Policy,
  type Resource,
  type ResourceKey,
  type State,
  step,
} from '../core/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observe } from '../ports/observation.ts';
import type { Transport } from '../ports/transport.ts';
import type { Wire } from '../wire/wire.ts';
import type { Performer } from './lane.ts';

/** One shared resource of this process: its settings and who performs its calls. */
export interface Served {
  readonly policy: Policy;
  readonly performer: Performer;
}

export interface NodeParts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly wire: Wire;
  /** Is told of everything that happens here. */
  readonly observe: Observe;
  readonly serve: readonly Served[];
  /** Every machine has stopped; the highest of their exit codes. Called once. */
  readonly onStopped: (code: number) => void;
}

/** A process: a machine per resource over one socket and one timer. Nothing here waits for anything. */
export interface Node {
  start(): void;
  /** To the machine of one resource, or to all. */
  tell(event: Event, key?: ResourceKey): void;
  command(command: Command, key?: ResourceKey): void;
  /** New settings of one resource, in force from now on. */
  reload(policy: Policy): void;
  state(key: ResourceKey): State | undefined;
  policy(key: ResourceKey): Policy | undefined;
}

interface Machine {
  policy: Policy;
  state: State;
  stopped: number | null;
  readonly performer: Performer;
}

export function createNode(parts: NodeParts): Node {
  const machines = new Map<ResourceKey, Machine>();
  const { clock, transport, wire, observe } = parts;
  let over = false;

  function start(): void {
    const now = clock.now();
    for (const { policy, performer } of parts.serve) {
      machines.set(policy.resource.key, { policy, performer, stopped: null, state: initial(policy, now) });
    }
    transport.listen(receive, (peer) => tell({ kind: 'refused', peer }));
    tell({ kind: 'tick' });
  }

  function receive(bytes: Uint8Array, from: IpAddress): void {
    observe({ kind: 'datagram', way: 'in', bytes, from });
    const decoded = wire.decode(bytes);
    if (!decoded.ok) return drop(decoded.reason, from);
    const machine = machines.get(decoded.advertisement.resource);
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
    const { resource } = machine.policy;
    const { mono } = machine.state.clock;
    switch (effect.kind) {
      case 'send':
        return send(effect, resource);
      case 'call':
        return call(machine, effect);
      case 'abort':
        observe({ kind: 'call', change: 'abandoned', resource, ticket: effect.ticket, mono });
        return machine.performer.abort(effect.ticket);
      case 'report':
        return observe({ kind: 'report', resource, mono, report: effect.report });
      case 'drop':
        return drop(effect.reason, effect.from, mono);
      case 'stop':
        machine.stopped = effect.code;
        return stopIfAllHave();
    }
  }

  function send({ advertisement, to, via }: Effect & { kind: 'send' }, resource: Resource): void {
    const bytes = wire.encode(advertisement);
    observe({ kind: 'datagram', way: 'out', bytes, to, resource });
    if (via === 'probe') transport.probe(bytes, to);
    else transport.send(bytes, to);
  }

  function call(machine: Machine, { ticket, call }: Effect & { kind: 'call' }): void {
    const { resource } = machine.policy;
    observe({ kind: 'call', change: 'started', resource, ticket, call, mono: machine.state.clock.mono });
    machine.performer.start(ticket, call, (_ticket, outcome, tookMs) => {
      const { mono } = clock.now();
      observe({ kind: 'call', change: 'settled', resource, ticket, call, mono, outcome, tookMs });
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

  function tell(event: Event, key?: ResourceKey): void {
    for (const machine of machines.values()) {
      if (key === undefined || machine.policy.resource.key === key) advance(machine, event);
    }
    setAlarm();
  }

  function reload(policy: Policy): void {
    const machine = machines.get(policy.resource.key);
    if (!machine) return;
    const previous = machine.policy;
    machine.policy = policy;
    tell({ kind: 'policy', previous }, policy.resource.key);
  }

  return {
    start,
    tell,
    reload,
    command: (command, key) => tell({ kind: 'command', command }, key),
    state: (key) => machines.get(key)?.state,
    policy: (key) => machines.get(key)?.policy,
  };
}
