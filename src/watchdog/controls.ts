import { type Control, type ControlHandlers, createControl } from '../adapters/control.ts';
import { ControlError } from '../adapters/control-client.ts';
import { version } from '../adapters/version.ts';
import { advice } from '../config/advice.ts';
import type { Config } from '../config/config.ts';
import type { Now, Resource, ResourceKey } from '../core/index.ts';
import type { Journal } from '../engine/journal.ts';
import type { Node } from '../engine/node.ts';
import type { Observations } from '../engine/observations.ts';
import { statusBefore, statusOf } from '../engine/status.ts';
import { Failure } from './failure.ts';
import { handOver } from './handover.ts';
import type { HealthWatch } from './health.ts';
import type { Signals } from './signals.ts';

/** The process as it is now: the control socket answers from the first moment on. */
export interface Answering {
  readonly journal: Journal;
  /** What the node tells: the journal is the first to hear it. */
  readonly observations: Observations;
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
export async function openControls(
  { config, resources }: { readonly config: Config; readonly resources: readonly Resource[] },
  session: Answering,
): Promise<Control[]> {
  const running = version();
  const controls: Control[] = [];
  for (const resource of resources) {
    let asked = false;
    const handlers = {
      status: () => statusNow(session, resource, running),
      handover: (asked: Readonly<Record<string, unknown>>) =>
        handOver({ ...session, stopped: session.signals.stopped }, resource.key, asked),
      stop: async () => {
        // `ha-ip stop` asks about every resource of this process at once: only the same question again is a second one.
        session.signals.stop('ha-ip stop', asked);
        asked = true;
        await session.left;
        return { message: 'left' };
      },
    };
    controls.push(await openControl(config.runtimeDir, resource.key, handlers));
  }
  return controls;
}

async function openControl(dir: string, resource: ResourceKey, handlers: ControlHandlers): Promise<Control> {
  try {
    return await createControl({ dir, resource, handlers });
  } catch (error) {
    throw error instanceof ControlError ? new Failure(error.message, { cause: error }) : error;
  }
}

function statusNow(
  { node, health, journal, clock, obstacle }: Answering,
  resource: Resource,
  running: string,
): object {
  const { mono, wall } = clock.now();
  const about = { version: running, pid: process.pid, mono, wall };
  if (!node) return statusBefore({ ...about, resource, obstacle });
  const [policy, state] = [node.policy(resource.key)!, node.state(resource.key)!];
  return statusOf({ ...about, policy, state, journal, advise: advice, checks: health?.checks() ?? [] });
}
