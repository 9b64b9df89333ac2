import { priority } from '../election/order.ts';
import { advertisedRole } from '../roles/become.ts';
import type { Step } from '../step.ts';
import { farewellCopies, farewellSpacing } from '../times.ts';
import type { Milliseconds } from '../types.ts';
import { ownFlags } from './compose.ts';
import { serve } from './serve.ts';
import type { Announced } from './speech.ts';

/**
 * Fifth stage: say what is. To every peer each interval, on absolute deadlines; to all at once when role or flags
 * change, a voter supports somebody else, or a holder is found gone (that ends our veto); faster between a holder and
 * its two best backups, so that a crash is known by refusals (R29).
 */
export function announce(step: Step): void {
  const { state } = step;
  // The farewells were the last word: a backup's would tell the peers of one that restarts that nobody holds.
  if (state.role === 'stopped') return;
  const flags = ownFlags(step);
  const gone = state.peers.filter((peer) => peer.liveness === 'refused').length;
  const support = state.support?.tag ?? 0;
  const announced = { role: advertisedRole(state), priority: priority(step), gone, support, flags };
  const news = !isAsAnnounced(announced, state.speech.announced);
  const beat = beatDue(step);
  const farewell = farewellDue(step);
  const toAll = news || beat || farewell;
  state.speech.announced = announced;
  state.peers = state.peers.map((peer) => serve(step, peer, flags, toAll));
}

function isAsAnnounced(now: Announced, before: Announced | null): boolean {
  if (before === null || now.role !== before.role || now.priority !== before.priority) return false;
  if (now.gone !== before.gone || now.support !== before.support) return false;
  return now.flags === before.flags;
}

/** Absolute deadlines do not drift; those that were slept through are not made up for. */
function beatDue(step: Step): boolean {
  const { state, now } = step;
  if (now.mono < state.speech.nextBeatAt) return false;
  const interval = beatInterval(step);
  state.speech.nextBeatAt += interval * (Math.floor((now.mono - state.speech.nextBeatAt) / interval) + 1);
  return true;
}

function beatInterval(step: Step): Milliseconds {
  const { intervalMs } = step.policy;
  return step.state.leaving ? intervalMs / 2 : intervalMs;
}

/** R18: three copies of the farewell, so that one lost datagram costs no dead interval. */
function farewellDue(step: Step): boolean {
  const { state, now } = step;
  const { leaving } = state;
  if (!leaving || leaving.farewells >= farewellCopies) return false;
  if (now.mono < leaving.since + leaving.farewells * farewellSpacing) return false;
  state.leaving = { ...leaving, farewells: leaving.farewells + 1 };
  return true;
}
