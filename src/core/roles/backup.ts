import { isWrite } from '../cloud/calls.ts';
import { peerOf } from '../cloud/machines.ts';
import { liveHolder } from '../election/holder.ts';
import { rank } from '../election/rivals.ts';
import { reasonToClaim } from '../election/vacancy.ts';
import { type Peer, peerName } from '../peers/peer.ts';
import type { ClaimReason } from '../reports.ts';
import type { Step } from '../step.ts';
import { becomeAcquiring } from './become.ts';
import { leaveAfter } from './leaving.ts';

export function decideBackup(step: Step): void {
  const { state } = step;
  if (state.leaving) return leaveAfter(step, 200);
  if (state.cloud.pending && isWrite(state.cloud.pending.call.kind)) return;
  const reason = reasonToClaim(step);
  if (!reason) return;
  const holder = liveHolder(state) ?? lastHolder(step);
  becomeAcquiring(step, reason, holder, explain(reason, holder, rank(step)));
}

function explain(reason: ClaimReason, holder: Peer | null, ahead: number): string {
  if (reason === 'resign') return `${peerName(holder!)} ${unsoundness(holder!)}`;
  if (reason === 'handover') return `${peerName(holder!)} asks this node to take over`;
  if (reason === 'preempt') return `this node ranks before ${peerName(holder!)}`;
  const best = ahead === 0 ? 'this node is the best' : 'no better node lives';
  if (!holder) return `nobody holds the address; ${best}`;
  return `${peerName(holder)} ${fate[holder.liveness]}; ${best}`;
}

function unsoundness({ last }: Peer): string {
  if (last?.version === 2 && last.flags.leaving) return 'is leaving';
  return last?.version === 2 && last.flags.unhealthy ? 'is not healthy' : 'stands aside';
}

const fate = {
  never: 'was never heard',
  alive: 'does not hold any more',
  silent: 'fell silent',
  refused: 'is gone',
};

/** Who held the address when it was last heard of, dead or alive. */
function lastHolder(step: Step): Peer | null {
  const { state } = step;
  const said = state.peers.filter((peer) => peer.last?.version === 2 && peer.last.role === 'holding');
  if (said.length > 0) return said.reduce((a, b) => (a.heard.at >= b.heard.at ? a : b));
  const held = state.cloud.reading?.holders.find((instance) => instance !== step.policy.self.instance);
  return held === undefined ? null : peerOf(state, held);
}
