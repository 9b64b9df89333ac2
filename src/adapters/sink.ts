/** The severities of syslog that a watchdog needs; `debug` is written only when the log is verbose. */
export type Severity = 'debug' | 'info' | 'notice' | 'warning' | 'error';

/** One line on its way: `body` for those who add the time themselves, `line` for those who do not. */
export interface LogRecord {
  readonly severity: Severity;
  readonly body: string;
  readonly line: string;
}

/** A place for lines. It never throws and never waits; closing it writes what is pending, for a bounded time. */
export interface Sink {
  write(record: LogRecord): void;
  close(): Promise<void>;
}
