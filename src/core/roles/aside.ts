import { liveHolder } from '../election/holder.ts';
import type { Command } from '../events.ts';
import { peerName } from '../peers/peer.ts';
import { report, type Step } from '../step.ts';

/** Who holds or is about to keeps the address until somebody relieves it; anybody else is out at once. */
export function standAside(step: Step, { to, forMs }: Command & { kind: 'handover' }): void {
  const { state, now } = step;
  const since = now.mono;
  const handing = state.role === 'active';
  state.aside = { since, to, handing, until: forMs === null ? null : since + forMs };
  const heir = state.peers.find(({ member }) => member.address === to);
  const whom = heir ? peerName(heir) : (to ?? 'the best peer');
  const what = handing ? `asked to hand over to ${whom}` : 'told to stand aside';
  report(step, { kind: 'notice', message: what });
}

/**
 * A hand-over that was asked for ends when another holds, or nobody does in time: not when we merely lost the address,
 * since a successor that died on the way would leave it to nobody. An absence ends by its time, which a hand-over
 * under way does not cut short.
 */
export function tendAside(step: Step): void {
  const { policy, state, now } = step;
  const { aside } = state;
  if (aside === null || state.role === 'hold-off') return;
  const heir = state.role === 'active' ? null : liveHolder(state);
  const waited = now.mono - aside.since;
  if (aside.handing && heir) {
    state.aside = { ...aside, handing: false };
    report(step, { kind: 'notice', message: `handed over to ${peerName(heir)}: standing aside` });
  } else if (aside.handing && waited >= policy.handoverTimeoutMs) {
    takePartAgain(step, `nobody took over within ${policy.handoverTimeoutMs} ms`);
  } else if (!aside.handing && aside.until !== null && now.mono >= aside.until) {
    takePartAgain(step, 'the time of standing aside is over');
  }
}

function takePartAgain(step: Step, why: string): void {
  step.state.aside = null;
  report(step, { kind: 'notice', message: `${why}: this node takes part again` });
}
