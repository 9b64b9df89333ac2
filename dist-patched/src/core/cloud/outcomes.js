import { mergeMembers } from "../peers/members.js";
import { report } from "../step.js";
import { membersDelay, pollInterval, retryAfterFailure } from "../times.js";
import { noteUnresolved } from "./pace.js";
import { absorbReading, remember } from "./readings.js";
export function absorbOutcome(step, ticket, outcome) {
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
    state.cloud.failures = 0;
    state.cloud.denied = false;
    state.cloud.throttled = false;
    state.cloud.retryAt = now.mono;
    state.cloud.trouble = null;
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
        state.cloud.trouble = { kind: outcome.kind, message: outcome.message };
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
