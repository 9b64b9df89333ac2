import { isOff, peerOf, tookUnheard } from '../cloud/machines.ts';
import type { Step } from '../step.ts';
import { duelTruce, duelWindow, yieldTime } from '../times.ts';
import type { InstanceId } from '../types.ts';

/**
 * R15: the address is left to a taker that is not heard, for longer each time.
 */

/** R15: the yield, and the count of yields, end when the taker is heard or the cloud says that its machine is off. */
export function endYield(step: Step): void {
  const { state, now } = step;
  const { taker, until } = state.damping.yield;
  if (taker === null) return;
  const machine = state.cloud.machines.find((known) => known.instance === taker);
  const over =
    peerOf(state, taker)?.liveness === 'alive' ||
    (machine && isOff(machine.state) && machine.at > state.damping.yield.lastAt);
  if (!over) return;
  state.damping.yield = {
    ...state.damping.yield,
    until: Math.min(until, now.mono),
    count: 0,
    taker: null,
    duel: false,
  };
}

/**
 * R15, of a backup: a peer that we do not hear has taken the address from the one that we heard. It lives, and is left
 * alone as by the holder that it evicted; else the one would take back what the other has just lost.
 */
export function yieldToTaker(step: Step): void {
  const { state, policy, now } = step;
  const { reading } = state.cloud;
  if (policy.traits.associate === 'adds' || !reading || reading.at !== now.mono) return;
  if (state.role === 'active' && (state.association === 'confirmed' || state.claim?.wroteAt != null)) return;
  const taker = reading.holders.find((instance) => tookUnheard(state, instance)?.seenAt === now.mono);
  if (taker !== undefined) yieldTo(step, taker);
}

/** Longer each time; the second time within an hour is a duel. */
export function yieldTo(step: Step, taker: InstanceId): void {
  const { state, policy, now } = step;
  const again = now.mono - state.damping.yield.lastAt < duelWindow;
  const count = again ? state.damping.yield.count : 0;
  const duel = count > 0 && policy.self.instance > taker;
  const pause = duel ? duelTruce : yieldTime(count);
  state.damping.yield = { until: now.mono + pause, count: count + 1, lastAt: now.mono, taker, duel };
}
