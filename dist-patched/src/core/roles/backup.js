import { isWrite } from "../cloud/calls.js";
import { peerOf } from "../cloud/machines.js";
import { liveHolder } from "../election/holder.js";
import { rank } from "../election/rivals.js";
import { reasonToClaim } from "../election/vacancy.js";
import { peerName } from "../peers/peer.js";
import { becomeAcquiring } from "./become.js";
import { leaveAfter } from "./leaving.js";
export function decideBackup(step) {
    const { state } = step;
    if (state.leaving)
        return leaveAfter(step, 200);
    if (state.cloud.pending && isWrite(state.cloud.pending.call.kind))
        return;
    const reason = reasonToClaim(step);
    if (!reason)
        return;
    const holder = liveHolder(state) ?? lastHolder(step);
    becomeAcquiring(step, reason, holder, explain(reason, holder, rank(step)));
}
function explain(reason, holder, ahead) {
    if (reason === 'resign')
        return `${peerName(holder)} ${unsoundness(holder)}`;
    if (reason === 'handover')
        return `${peerName(holder)} asks this node to take over`;
    if (reason === 'preempt')
        return `this node ranks before ${peerName(holder)}`;
    const best = ahead === 0 ? 'this node is the best' : 'no better node lives';
    if (!holder)
        return `nobody holds the address; ${best}`;
    return `${peerName(holder)} ${fate[holder.liveness]}; ${best}`;
}
function unsoundness({ last }) {
    if (last?.version === 2 && last.flags.leaving)
        return 'is leaving';
    return last?.version === 2 && last.flags.unhealthy ? 'is not healthy' : 'stands aside';
}
const fate = {
    never: 'was never heard',
    alive: 'does not hold any more',
    silent: 'fell silent',
    refused: 'is gone',
};
/** Who held the address when it was last heard of, dead or alive. */
function lastHolder(step) {
    const { state } = step;
    const said = state.peers.filter((peer) => peer.last?.version === 2 && peer.last.role === 'holding');
    if (said.length > 0)
        return said.reduce((a, b) => (a.heard.at >= b.heard.at ? a : b));
    const held = state.cloud.reading?.holders.find((instance) => instance !== step.policy.self.instance);
    return held === undefined ? null : peerOf(state, held);
}
