import { type Control, type ControlHandlers, createControl } from '../adapters/control.ts';
import { ControlError } from '../adapters/control-client.ts';
import { version } from '../adapters/version.ts';
import type { Config } from '../config/config.ts';
import type { IpAddress, Now } from '../core/index.ts';
import type { Journal } from '../engine/journal.ts';
import type { Node } from '../engine/node.ts';
import { statusBefore, statusOf } from '../engine/status.ts';
import { Failure } from './failure.ts';
import { handOver } from './handover.ts';
import type { HealthWatch } from './health.ts';
import type { Signals } from './signals.ts';

/** The process as it is now: the control socket answers from the first moment on. */
export interface Answering {
  readonly journal: Journal;
  readonly signals: Signals;
  readonly clock: { now(): Now };
  readonly node: Node | null;
  readonly health: HealthWatch | null;
  /** Why the node is not there yet. */
  readonly obstacle: string | null;
  /** Resolved when nothing is left to do but to end the process. */
  readonly left: Promise<void>;
}

/** One control socket for each shared address. Throws Failure where one cannot be opened. */
export async function openControls(config: Config, session: Answering): Promise<Control[]> {
  const running = version();
  const controls: Control[] = [];
  for (const address of config.addresses) {
    let asked = false;
    const handlers = {
      status: () => statusNow(session, address, running),
      handover: (asked: Readonly<Record<string, unknown>>) =>
        handOver({ node: session.node, stopped: session.signals.stopped }, address, asked),
      stop: async () => {
        // `ha-ip stop` asks every address of this process at once: only the same question again is a second one.
        session.signals.stop('ha-ip stop', asked);
        asked = true;
        await session.left;
        return { message: 'left' };
      },
    };
    controls.push(await openControl(config.runtimeDir, address, handlers));
  }
  return controls;
}

async function openControl(dir: string, address: IpAddress, handlers: ControlHandlers): Promise<Control> {
  try {
    return await createControl({ dir, address, handlers });
  } catch (error) {
    throw error instanceof ControlError ? new Failure(error.message, { cause: error }) : error;
  }
}

function statusNow(
  { node, health, journal, clock, obstacle }: Answering,
  address: IpAddress,
  running: string,
): object {
  const { mono, wall } = clock.now();
  const about = { version: running, pid: process.pid, mono, wall };
  if (!node) return statusBefore({ ...about, address, obstacle });
  const [policy, state] = [node.policy(address)!, node.state(address)!];
  return statusOf({ ...about, policy, state, journal, checks: health?.checks() ?? [] });
}
