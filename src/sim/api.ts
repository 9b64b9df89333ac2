import {
  type Call,
  type Description,
  type IpAddress,
  isWrite,
  type Member,
  type Outcome,
} from '../core/index.ts';
import { createLane, type End, type Performer } from '../engine/lane.ts';
import type { Action, Cloud, Job } from './cloud.ts';
import type { Cancel, World } from './world.ts';

/** How the cloud's API treats one machine; may be changed while it runs. */
export interface ApiWeather {
  /** Time of one request, even between the two (ms). */
  latencyMin: number;
  latencyMax: number;
  /** Time of an action from its acceptance to its effect and report. */
  operationMs: number;
  /** Probabilities: no answer until the deadline · an error, nothing done · an error although it is done. */
  hang: number;
  fail: number;
  failAfterActing: number;
  /** Of a write: no answer until the deadline, and done some seconds after it · success, and nothing is done. */
  late: number;
  lost: number;
  down: boolean;
  /** Whom a list of the group names: everybody, nobody, or all but the machine that asks. */
  lists: 'all' | 'none' | 'others';
}

export const fairApi = (): ApiWeather => ({
  latencyMin: 20,
  latencyMax: 60,
  operationMs: 200,
  hang: 0,
  fail: 0,
  failAfterActing: 0,
  late: 0,
  lost: 0,
  down: false,
  lists: 'all',
});

/** A machine of the simulated group: what the members list and `describe` tell of it. */
export interface ApiMachine {
  readonly description: Description;
  readonly member: Member;
}

export interface ApiParts {
  readonly world: World;
  readonly cloud: Cloud;
  readonly address: IpAddress;
  readonly machines: readonly ApiMachine[];
  /** Whether the machine with that address belongs to the group now. */
  readonly isMember: (address: IpAddress) => boolean;
  readonly weather: ApiWeather;
  /** Name of the caller in the cloud's records. */
  readonly who: string;
  /** Hands a settlement to the process: a paused one gets it when it wakes, a dead one never. */
  readonly deliver: (run: () => void) => void;
}

const callDeadline = 5_000;
const poll = 250;

/** The lane of the model, in virtual time and without promises. */
export function createSimPerformer(parts: ApiParts): Performer {
  const { world, deliver } = parts;
  const lane = createLane({
    begin: (call, answer) => begin(parts, call, answer),
    now: () => world.now,
    after: world.after,
  });
  return {
    abort: lane.abort,
    start: (ticket, call, settle) =>
      lane.start(ticket, call, (...settled) => deliver(() => settle(...settled))),
  };
}

function begin(parts: ApiParts, call: Call, answer: Answer): End {
  let cancel: Cancel = () => {};
  const hold: Hold = (next) => {
    cancel = next;
  };
  request(parts, call, hold, answer);
  return (why) => {
    cancel();
    if (why === 'out of time') answer(unavailable(isWrite(call.kind), 'out of time'));
  };
}

type Hold = (cancel: Cancel) => void;
type Answer = (outcome: Outcome) => void;

function request(parts: ApiParts, call: Call, hold: Hold, answer: Answer): void {
  const { world, weather } = parts;
  const dice = world.random();
  const write = isWrite(call.kind);
  if (weather.down || dice < weather.hang)
    return hold(world.after(callDeadline, () => answer(unavailable(write))));
  const latency = weather.latencyMin + world.random() * (weather.latencyMax - weather.latencyMin);
  if (dice < weather.hang + weather.fail) return hold(world.after(latency, () => answer(unavailable(false))));
  const lies = write && world.random() < weather.failAfterActing;
  hold(
    world.after(latency / 2, () => {
      if (!write) return look(parts, call, latency / 2, hold, answer);
      act(
        parts,
        call as Action,
        latency / 2,
        lies ? () => hold(world.after(latency, () => answer(unavailable(true)))) : null,
        hold,
        answer,
      );
    }),
  );
}

function look(parts: ApiParts, call: Call, back: number, hold: Hold, answer: Answer): void {
  const { world } = parts;
  parts.cloud.advance(world.now);
  const outcome = seen(parts, call);
  hold(world.after(back, () => answer(outcome)));
}

function seen({ cloud, address, machines, isMember, weather, who }: ApiParts, call: Call): Outcome {
  if (call.kind === 'members') {
    const { lists } = weather;
    const listed = machines.filter(
      ({ member }) =>
        isMember(member.address) && (lists === 'all' || (lists === 'others' && member.name !== who)),
    );
    return { ok: true, members: listed.map(({ member }) => member) };
  }
  if (call.kind === 'describe') {
    const member = machines.find(({ description }) => description.instance === call.instance);
    const known = cloud.instances.get(call.instance);
    const state = known?.state ?? 'gone';
    const stranger: Description = {
      instance: call.instance,
      state,
      addresses: [],
      ...(known && { name: known.name }),
    };
    return { ok: true, description: member ? { ...member.description, state } : stranger };
  }
  const moves = cloud.addresses.get(address)!.mode === 'moves';
  return { ok: true, view: { holders: cloud.holders(address), pending: moves && cloud.pending(address) } };
}

function act(
  parts: ApiParts,
  call: { kind: string },
  back: number,
  lie: (() => void) | null,
  hold: Hold,
  answer: Answer,
): void {
  const { world, cloud, weather, address, who } = parts;
  const { kind, instance } = call as { kind: 'associate' | 'dissociate'; instance: string };
  const record = cloud.called({ at: world.now, who, what: kind, write: true, subject: instance });
  if (kind === 'dissociate' && !cloud.holders(address).includes(instance)) {
    return hold(world.after(back, () => answer({ ok: true })));
  }
  const fate = fateOf(parts);
  const job = cloud.start({ kind, address, instance }, world.now, who, {
    reportsAfterMs: fate === 'late' ? callDeadline + weather.operationMs : weather.operationMs,
    ...(fate === 'lost' && { appliesAfterMs: null }),
  });
  cloud.answered(record, typeof job === 'string' ? job : 'accepted', world.now);
  if (lie) return lie();
  if (fate === 'late') return hold(world.after(callDeadline, () => answer(unavailable(true, 'no answer'))));
  if (typeof job === 'string') {
    return hold(
      world.after(back, () => answer({ ok: false, kind: 'conflict', mayHaveHappened: false, message: job })),
    );
  }
  awaitJob(parts, job, back, hold, answer);
}

function unavailable(mayHaveHappened: boolean, message = 'simulated failure'): Outcome {
  return { ok: false, kind: 'unavailable', mayHaveHappened, message };
}

function fateOf({ weather, world }: ApiParts): 'late' | 'lost' | 'done' {
  if (weather.late === 0 && weather.lost === 0) return 'done';
  const dice = world.random();
  if (dice < weather.late) return 'late';
  return dice < weather.late + weather.lost ? 'lost' : 'done';
}

function awaitJob(parts: ApiParts, job: Job, back: number, hold: Hold, answer: Answer): void {
  const { world, cloud } = parts;
  const look = () => {
    cloud.advance(world.now);
    if (job.state === 'pending') return hold(world.after(poll, look));
    const failed: Outcome = { ok: false, kind: 'conflict', mayHaveHappened: false, message: job.error ?? '' };
    hold(world.after(back, () => answer(job.state === 'done' ? { ok: true, acceptedMs: back } : failed)));
  };
  hold(world.after(Math.min(poll, parts.weather.operationMs), look));
}
