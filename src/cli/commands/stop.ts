import { controlledResources } from '../../adapters/control.ts';
import { askControl, ControlError } from '../../adapters/control-client.ts';
import type { Config } from '../../config/config.ts';
import { spoken } from '../../config/duration.ts';
import type { IpAddress } from '../../core/index.ts';
import type { ExitCode } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { type Asked, noneRuns } from './status.ts';

type Stopped = { readonly code: 0 | 1 | 4; readonly message: string };

/** What a watchdog may take beyond its hand-over: the end of a call of the API, the last lines of its log. */
const MARGIN_MS = 10_000;

/**
 * `ha-ip stop`: asks the watchdogs to leave by `--on-stop` and waits until their processes have ended. Exit code: 0
 * stopped, 1 one failed, was not ours to stop or took too long, 4 none ran.
 */
export async function stop(
  { addresses, runtimeDir, handoverTimeoutMs }: Asked & Pick<Config, 'handoverTimeoutMs'>,
  context: Pick<Context, 'stdout' | 'stderr'>,
): Promise<ExitCode> {
  const named = addresses.length > 0;
  const all = named ? addresses : controlledResources(runtimeDir);
  const boundMs = handoverTimeoutMs + MARGIN_MS;
  const ended = await Promise.all(all.map((address) => stopOne(runtimeDir, address, boundMs)));
  const told = ended.filter((one) => named || one.code !== 4);
  if (told.length === 0 && !named) context.stderr(noneRuns(runtimeDir));
  for (const { code, message } of told) (code === 0 ? context.stdout : context.stderr)(`${message}\n`);
  return worst(told);
}

function worst(told: readonly Stopped[]): ExitCode {
  if (told.some(({ code }) => code === 1)) return 1;
  return told.length === 0 || told.some(({ code }) => code === 4) ? 4 : 0;
}

async function stopOne(dir: string, address: IpAddress, boundMs: number): Promise<Stopped> {
  try {
    const answers = await askControl({ dir, resource: address, request: 'stop', timeoutMs: boundMs });
    return outcome(address, answers);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.kind === 'not running') return { code: 4, message: error.message };
    if (error.kind !== 'silent') return { code: 1, message: error.message };
    const message =
      `the watchdog of ${address} has not ended after ${spoken(boundMs)}: see ha-ip status, or ` +
      'stop it again to end it now';
    return { code: 1, message };
  }
}

/** The conversation has ended, and so has the process; its last words come after `stopping`. */
function outcome(address: IpAddress, answers: readonly object[]): Stopped {
  const last = answers.at(-1) as { readonly stopping?: true; readonly message?: unknown };
  if (last.stopping)
    return { code: 1, message: `${address}: the watchdog ended before its hand-over was done` };
  const words = typeof last.message === 'string' ? `: ${last.message}` : '';
  return { code: 0, message: `${address}: stopped${words}` };
}
