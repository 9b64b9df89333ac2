/** An expected end of a command, for the error boundary to print: one line, and a line on what to run. */
export class Failure extends Error {
    name = 'Failure';
    exitCode;
    hint;
    constructor(message, options = {}) {
        super(message, { cause: options.cause });
        this.exitCode = options.exitCode ?? 1;
        this.hint = options.hint;
    }
}
