import { controlledAddresses } from '../adapters/control.ts';
import { askControl, ControlError } from '../adapters/control-client.ts';
import type { IpAddress } from '../core/index.ts';
import { spoken } from './duration.ts';
import { noneRuns, type Output } from './status.ts';

export interface StopOptions {
  /** Where the control sockets are. */
  readonly dir: string;
  /** Empty: every watchdog of this host. */
  readonly addresses: readonly IpAddress[];
  /** How long a watchdog may take for its hand-over; by default what systemd's unit gives it, too. */
  readonly boundMs?: number;
}

/** TimeoutStopSec of share/systemd/ha-ip.service. */
const BOUND_MS = 20_000;

type Stopped = { readonly code: 0 | 1 | 4; readonly message: string };

/**
 * `ha-ip stop`: asks the watchdogs to leave by `--on-stop` and waits until their processes have ended.
 * @returns the exit code: 0 stopped, 1 one failed, was not ours to stop or took too long, 4 none ran
 */
export async function stop(options: StopOptions, output: Output): Promise<number> {
  const named = options.addresses.length > 0;
  const addresses = named ? options.addresses : controlledAddresses(options.dir);
  const all = await Promise.all(addresses.map((address) => stopOne(options, address)));
  const told = all.filter((one) => named || one.code !== 4);
  if (told.length === 0) output.stderr.write(noneRuns(options.dir));
  for (const { code, message } of told) {
    (code === 0 ? output.stdout : output.stderr).write(`${message}\n`);
  }
  return worst(told);
}

function worst(told: readonly Stopped[]): number {
  if (told.some(({ code }) => code === 1)) return 1;
  return told.length === 0 || told.some(({ code }) => code === 4) ? 4 : 0;
}

async function stopOne({ dir, boundMs = BOUND_MS }: StopOptions, address: IpAddress): Promise<Stopped> {
  try {
    const answers = await askControl({ dir, address, request: 'stop', timeoutMs: boundMs });
    return outcome(address, answers);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.kind === 'not running') return { code: 4, message: error.message };
    if (error.kind !== 'silent') return { code: 1, message: error.message };
    const message = `the watchdog of ${address} has not ended after ${spoken(boundMs)}: see ha-ip status, or stop it again to end it now`;
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
