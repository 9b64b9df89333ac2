import type { Command } from '../../src/cli/command.ts';
import { command } from '../../src/cli/command.ts';
import type { Context } from '../../src/cli/context.ts';
import { run } from '../../src/cli/main.ts';
import { OPTIONS } from '../../src/cli/options.ts';
import type { Config } from '../../src/config/config.ts';
import { flag, named } from '../../src/config/option.ts';
import type { ExitCode } from '../../src/watchdog/failure.ts';

export interface Ended {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** What the handlers were given, in order. */
  readonly calls: readonly {
    readonly what: string;
    readonly config: Config;
    readonly context: Context;
    readonly own: object;
  }[];
}

/** Runs the whole program in this process, with commands that only note how they were called. */
export async function runPlanted(
  line: string | readonly string[],
  { env = {}, act }: { env?: Record<string, string>; act?: () => ExitCode } = {},
): Promise<Ended> {
  const out = { stdout: '', stderr: '' };
  const calls: Ended['calls'][number][] = [];
  const handler = (what: string) => async () => async (config: Config, context: Context, own: object) => {
    calls.push({ what, config, context, own });
    return act?.() ?? 0;
  };
  const argv = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const around = {
    stdout: (text: string) => {
      out.stdout += text;
    },
    stderr: (text: string) => {
      out.stderr += text;
    },
    env: { HA_IP_CONFIG: '/dev/null', ...env },
    argv,
    colour: false,
    isTTY: false,
  };
  const code = await run(around, planted(handler));
  return { code, calls, ...out };
}

type Make = (
  what: string,
) => () => Promise<(config: Config, context: Context, own: object) => Promise<ExitCode>>;

function planted(handler: Make): Command[] {
  return [
    command({
      name: 'watch',
      mode: 'W',
      summary: 'watch it',
      needs: ['address', 'members'],
      load: handler('watch'),
      check: handler('check'),
    }),
    command({
      name: 'associate',
      mode: 'A',
      summary: 'take it',
      needs: ['address'],
      load: handler('associate'),
    }),
    command({
      name: 'status',
      summary: 'show it',
      uses: ['address', 'verbose', 'config'],
      own: named({ json: flag({ summary: 'as JSON', group: 'files and output' }) }),
      load: handler('status'),
    }),
  ].map((join) => join(OPTIONS));
}
