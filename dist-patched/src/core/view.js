/** What a state shows at the instant of its last step. */
export function viewOf(policy, state) {
    return { policy, state, now: state.clock };
}
