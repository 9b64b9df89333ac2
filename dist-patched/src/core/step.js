export function report(step, what) {
    step.effects.push({ kind: 'report', report: what });
}
