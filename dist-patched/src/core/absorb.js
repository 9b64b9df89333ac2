import { isMember, mergeMembers } from "./members.js";
import { peerName, withOutbox } from "./peers/peer.js";
import { hear, isTwoWay, peerFrom, replacePeer } from "./peers.js";
import { auditDelay, confirmingProbes, deadInterval, membersDelay, pollInterval, retryAfterFailure, standbyReadDelay, strangerSpacing, } from "./policy.js";
import { precedes, priority, rankOf } from "./rank.js";
import { becomeHoldOff, noteUnresolved, proveLeaseAgain } from "./roles.js";
import { alarm, allClear, report } from "./state.js";
/** First stage: what the event tells is written down. Nothing is decided here. */
export function absorb(step, event) {
    switch (event.kind) {
        case 'tick':
            return;
        case 'heard':
            return absorbAdvertisement(step, event.from, event.advertisement);
        case 'refused':
            return absorbRefusal(step, event.peer);
        case 'settled':
            return absorbOutcome(step, event.ticket, event.outcome);
        case 'members':
            return mergeMembers(step, event.members);
        case 'health':
            step.state.own.healthy = event.ok;
            return;
        case 'policy':
            return absorbPolicy(step, event.previous);
        case 'command':
            return absorbCommand(step, event.command);
    }
}
function absorbAdvertisement(step, from, advertisement) {
    const { policy, state, effects } = step;
    if (advertisement.node === policy.self.node)
        return absorbOwnId(step, from, advertisement);
    const peer = peerFrom(state, from);
    if (!peer) {
        const reason = state.members.known ? 'stranger' : 'early';
        effects.push({ kind: 'drop', reason, from });
        if (reason === 'stranger')
            askForMembers(step);
        return;
    }
    const heard = hear(step, peer, advertisement);
    if (heard.dropped)
        effects.push({ kind: 'drop', reason: heard.dropped, from });
    else if (wasLeftBehind(step, peer, heard.peer))
        return becomeHoldOff(step, `${peerName(peer)} missed us for longer than we noticed`);
    replacePeer(state, heard.dropped ? heard.peer : welcome(step, peer, heard.peer, heard.newLife));
}
/** R25: our own datagram came back, or another node has our id. Neither is a peer. */
function absorbOwnId(step, from, advertisement) {
    const { policy, effects } = step;
    const reflected = advertisement.version === 2 && advertisement.epoch.random === policy.self.epoch.random;
    effects.push({ kind: 'drop', reason: reflected ? 'reflected' : 'impostor', from });
    if (reflected || isMember(policy.self.addresses, from))
        return;
    alarm(step, 'duplicate-id', `${from} advertises our own node id ${policy.self.node}: two machines were given the same id; stop one of them`);
}
/** R24: somebody speaks of our address and is no member: the group may have grown. */
function askForMembers(step) {
    const { policy, state } = step;
    const { mono } = step.now;
    const asked = state.members.askedForStranger;
    if (!policy.grouped || (asked !== null && mono - asked < strangerSpacing))
        return;
    state.members = { ...state.members, nextAt: mono, askedForStranger: mono };
}
/** R2 (c): the peer's clock ran on for more than D while ours stood still: this machine was paused and did not see it. */
function wasLeftBehind(step, before, after) {
    const { policy, now } = step;
    const told = after.echo.age;
    if (!before.echo.age || !told || !isTwoWay(step, before))
        return false;
    const grown = told.ageMs - before.echo.age.ageMs - (now.mono - before.echo.age.at);
    // Datagrams that waited in a queue tell it in small steps: but nobody can have heard us before we sent.
    const early = told.ageMs - (now.mono - after.echo.sentAt);
    return Math.max(grown, early) > deadInterval(policy);
}
/** What follows from an accepted advertisement besides the peer's own row. */
function welcome(step, before, after, newLife) {
    const { state } = step;
    const ad = after.last;
    reportPeer(step, before, after);
    warnOfTies(step, after);
    if (ad.version === 1) {
        if (step.policy.quorum !== null)
            alarm(step, 'exoip', `${peerName(after)} runs exoip, which knows no quorum: it may hold beside us`);
        return after;
    }
    state.claims.seen = Math.max(state.claims.seen, ad.claim);
    if (ad.configDigest !== step.policy.configDigest) {
        alarm(step, `config ${ad.node}`, `${peerName(after)} has other settings than this node: make ${step.policy.quorum ? '--voter' : '--voter, --preempt, the address and the cloud'} the same on all`);
    }
    else
        allClear(step, `config ${ad.node}`);
    const answer = newLife || (ad.flags.probe && step.now.mono - after.outbox.sentAt >= 100);
    return answer ? withOutbox(after, { answerDue: true }) : after;
}
function reportPeer(step, before, after) {
    const peer = peerName(after);
    if (before.liveness === 'never')
        report(step, { kind: 'peer', peer, change: before.heard.ever ? 'back' : 'heard' });
    else if (before.liveness !== 'alive')
        report(step, { kind: 'peer', peer, change: 'back' });
    if (after.last?.version !== 2)
        return;
    const said = before.last?.version === 2 ? before.last.flags : null;
    const { leaving, restarting } = after.last.flags;
    if (restarting && !said?.restarting)
        report(step, { kind: 'peer', peer, change: 'restarting' });
    else if (leaving && !said?.leaving)
        report(step, { kind: 'peer', peer, change: 'leaving' });
    allClear(step, `never-heard ${after.member.address}`);
}
function warnOfTies(step, peer) {
    if (step.policy.witness || (peer.last?.version === 2 && peer.last.flags.witness))
        return;
    const rank = rankOf(peer);
    const code = `priority ${peer.member.address}`;
    const own = priority(step);
    if (rank.priority !== own)
        return allClear(step, code);
    const winner = precedes(rank, { priority: own, node: step.policy.self.node, exoip: false })
        ? peerName(peer)
        : 'this node';
    const why = rank.exoip ? 'an exoip node does not yield' : 'the lower node id wins';
    alarm(step, code, `${peerName(peer)} has our priority ${own}: ${winner} ranks first (${why}); give each node its own with -P`);
}
/** R29: nothing listens at the peer's port. The first refusal asks for more, soon. */
function absorbRefusal(step, address) {
    const { state, now } = step;
    const peer = state.peers.find((candidate) => candidate.member.address === address);
    if (!peer)
        return;
    const { death, outbox } = peer;
    const probeAt = death.refusals === 0 ? confirmingProbes.map((delay) => now.mono + delay) : outbox.probeAt;
    replacePeer(state, {
        ...peer,
        death: { ...death, refusals: death.refusals + 1, refusedAt: death.refusedAt ?? now.mono },
        outbox: { ...outbox, probeAt },
    });
}
function absorbOutcome(step, ticket, outcome) {
    const { state } = step;
    const pending = state.cloud.pending;
    if (pending?.ticket !== ticket)
        return;
    state.cloud.pending = null;
    if (outcome.ok)
        absorbSuccess(step);
    else
        absorbFailure(step, pending, outcome);
    switch (pending.call.kind) {
        case 'read':
            return absorbReading(step, pending, outcome);
        case 'associate':
        case 'dissociate':
            return absorbWrite(step, pending, outcome);
        case 'members':
            return absorbMembers(step, outcome);
        case 'describe':
            if (outcome.ok && outcome.description)
                remember(step, [outcome.description]);
    }
}
function absorbSuccess(step) {
    const { state, now } = step;
    if (state.cloud.failures > 0)
        report(step, { kind: 'notice', message: 'the API answers again' });
    state.cloud.failures = 0;
    state.cloud.denied = false;
    state.cloud.throttled = false;
    state.cloud.retryAt = now.mono;
    state.said = state.said.filter((code) => !code.startsWith('api '));
}
/** R6: three failures in a row, or one refusal of the credentials, make a node unable; a conflict is an answer. */
function absorbFailure(step, pending, outcome) {
    const { state, now } = step;
    if (outcome.kind === 'throttled' && canWait(pending.call)) {
        // The budget is kept for a takeover: no sign of a cloud that fails, and no reason to put off a claim.
        if (pending.call.kind === 'read')
            state.cloud.nextReadAt = now.mono + (outcome.retryAfterMs ?? retryAfterFailure);
        return;
    }
    const claiming = state.association === 'claiming';
    if (outcome.kind !== 'conflict') {
        state.cloud.failures += 1;
        state.cloud.denied = state.cloud.denied || outcome.kind === 'denied';
        alarm(step, `api ${outcome.kind}`, outcome.message);
    }
    const pause = outcome.retryAfterMs ?? (claiming || outcome.kind === 'conflict' ? pollInterval : retryAfterFailure);
    state.cloud.retryAt = now.mono + pause;
    state.cloud.throttled = outcome.kind === 'throttled';
    if (pending.call.kind === 'associate' || pending.call.kind === 'dissociate') {
        report(step, { kind: 'write', what: pending.call.kind, message: outcome.message });
    }
}
/** Calls of the background, which nobody misses for a minute. */
function canWait(call) {
    return call.kind === 'members' || (call.kind === 'read' && call.background === true);
}
function absorbReading(step, pending, outcome) {
    const { state, now } = step;
    if (!outcome.ok || !outcome.view)
        return;
    noteArrivals(step, outcome.view);
    state.cloud.reading = { ...outcome.view, askedAt: pending.since, at: now.mono };
    if (!outcome.view.holders.includes(step.policy.self.instance))
        state.damping.releaseUnresolvedUntil = now.mono;
    state.cloud.reads += 1;
    state.cloud.nextReadAt =
        now.mono + (state.role === 'active' ? auditDelay : standbyReadDelay)(step.policy, state.cloud.reads);
    noteDelivery(step, outcome.view);
    remember(step, outcome.view.described ?? []);
    if (state.cloud.unreadSince !== null && pending.since >= state.cloud.unreadSince)
        state.cloud.unreadSince = null;
    const { claim } = state;
    if (claim && claim.readMs === null && pending.since >= claim.since)
        state.claim = { ...claim, readMs: now.mono - pending.since };
}
/** Who was no holder before. The first reading of all tells nothing of it. */
function noteArrivals({ state, now }, { holders }) {
    const before = state.cloud.reading;
    state.cloud.arrivals = holders.flatMap((instance) => {
        const known = state.cloud.arrivals.find((arrival) => arrival.instance === instance);
        if (known)
            return [known];
        if (before === null || before.holders.includes(instance))
            return [];
        return [{ instance, after: before.askedAt, seenAt: now.mono }];
    });
}
/** Associated and reached by traffic are two things: the cloud may say the one and do nothing of the other. */
function noteDelivery(step, view) {
    if (view.delivered !== false)
        return allClear(step, 'not-delivered');
    const advice = view.deliveryAdvice ?? 'look at the address in the portal of the cloud';
    alarm(step, 'not-delivered', `associated by the API, but no traffic may arrive: ${advice}`);
}
function absorbWrite(step, pending, outcome) {
    const { state, now } = step;
    state.cloud.unreadSince = now.mono;
    const { call } = pending;
    if (!outcome.ok && outcome.mayHaveHappened)
        noteUnresolved(step, call);
    const { claim } = state;
    if (call.kind !== 'associate' || !claim)
        return;
    const acceptedMs = outcome.ok ? (outcome.acceptedMs ?? null) : null;
    state.claim = { ...claim, settledAt: now.mono, acceptedMs, associateMs: now.mono - pending.since };
}
function absorbMembers(step, outcome) {
    const { policy, state, now } = step;
    const reads = state.members.reads + 1;
    const delay = outcome.ok
        ? membersDelay(policy, reads)
        : Math.max(outcome.retryAfterMs ?? 0, retryAfterFailure);
    state.members = { ...state.members, reads, nextAt: now.mono + delay };
    if (outcome.ok && outcome.members)
        mergeMembers(step, outcome.members);
}
/** Keeps what the cloud said of machines, newest first. */
function remember(step, described) {
    const { state, now } = step;
    if (described.length === 0)
        return;
    const fresh = described.map((machine) => ({ ...machine, at: now.mono }));
    const others = state.cloud.machines.filter((known) => !fresh.some(({ instance }) => instance === known.instance));
    state.cloud.machines = [...fresh, ...others].slice(0, 64);
}
/** SIGHUP: only what the settings say differently changes; the role, the peers and the address stay. */
function absorbPolicy(step, previous) {
    const { policy, state } = step;
    if (policy.priority !== previous.priority)
        state.own.shift = 0;
    if (policy.intervalMs !== previous.intervalMs)
        state.speech.nextBeatAt = step.now.mono;
    // What was promised to our earlier datagrams was promised for the shorter time that they told.
    if (deadInterval(policy) > deadInterval(previous))
        proveLeaseAgain(step);
    if (policy.checked !== previous.checked)
        state.own.healthy = policy.checked ? null : true;
}
function absorbCommand(step, command) {
    const { policy, state, now } = step;
    switch (command.kind) {
        case 'drain':
            state.leaving ??= { since: now.mono, how: policy.onStop, farewells: 0 };
            return;
        case 'leave':
            state.role = 'stopped';
            step.effects.push({ kind: 'stop', code: 0 });
            return;
        case 'handover':
            return standAside(step, command);
        case 'rejoin':
            if (state.aside)
                report(step, { kind: 'notice', message: 'takes part again: told to' });
            state.aside = null;
            return;
        case 'priority': {
            const before = priority(step);
            const wanted = Math.min(254, Math.max(0, before + command.shift));
            state.own.shift = wanted - policy.priority;
            report(step, { kind: 'notice', message: `priority ${before} -> ${wanted}` });
            return;
        }
    }
}
/** Who holds or is about to keeps the address until somebody relieves it; anybody else is out at once. */
function standAside(step, { to, forMs }) {
    const { state, now } = step;
    const since = now.mono;
    const handing = state.role === 'active';
    state.aside = { since, to, handing, until: forMs === null ? null : since + forMs };
    const heir = state.peers.find(({ member }) => member.address === to);
    const whom = heir ? peerName(heir) : (to ?? 'the best peer');
    const what = handing ? `asked to hand over to ${whom}` : 'told to stand aside';
    report(step, { kind: 'notice', message: what });
}
