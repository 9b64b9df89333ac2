export function report(step, what) {
    step.effects.push({ kind: 'report', report: what });
}
/** Says something an operator should mend, once until it ends. */
export function alarm(step, code, message) {
    if (step.state.said.includes(code))
        return;
    step.state.said = [...step.state.said, code];
    report(step, { kind: 'alarm', code, message });
}
/** The cause of an alarm is gone: say it again when it comes back. */
export function allClear(step, code) {
    if (step.state.said.includes(code))
        step.state.said = step.state.said.filter((said) => said !== code);
}
