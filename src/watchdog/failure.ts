/** 0 success · 1 the operation failed · 2 wrong usage or configuration · 3 degraded · 4 not running */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** An expected end of a command, for the error boundary to print: one line, and a line on what to run. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, options: { exitCode?: ExitCode; hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
    this.hint = options.hint;
  }
}
