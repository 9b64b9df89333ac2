import { liveHolder } from '../election/holder.ts';
import { isAlive } from '../peers/peer.ts';
import type { Step } from '../step.ts';
import { desired, leadsByLease } from '../view.ts';
import { becomeBackup, becomeHolding, becomeWitness } from './become.ts';
import { leaveAfter } from './leaving.ts';

/** R7, R30: the hold-off ends by time, or early when every member has told us that it hears us; then read. */
export function decideHoldOff(step: Step): void {
  const { state, now, policy } = step;
  if (state.leaving) return leaveAfter(step, 200);
  if (state.holdOff.over === null) {
    const timeOver = now.mono >= state.holdOff.until;
    if (!state.members.known || !(timeOver || everyMemberHearsUs(step))) return;
    state.holdOff = { ...state.holdOff, over: now.mono };
  }
  if (policy.witness) return becomeWitness(step);
  const { reading } = state.cloud;
  if (!reading || reading.askedAt < state.holdOff.over!) {
    if (state.cloud.failures >= 3 || state.cloud.denied) becomeBackup(step, 'the API does not answer');
    return;
  }
  const ours = !leadsByLease(step) && reading.holders.includes(desired(step));
  if (ours && !liveHolder(state)) becomeHolding(step, 'the address is ours already');
  else becomeBackup(step, 'hold-off over');
}

function everyMemberHearsUs(step: Step): boolean {
  const { peers, holdOff } = step.state;
  return (
    peers.length > 0 &&
    peers.every((peer) => isAlive(peer) && peer.echo.sentAt !== null && peer.echo.sentAt >= holdOff.since)
  );
}
