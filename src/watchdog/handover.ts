import { spoken } from '../config/duration.ts';
import {
  minimumHold,
  type Peer,
  type Policy,
  peerName,
  type ResourceKey,
  type State,
} from '../core/index.ts';
import type { Node } from '../engine/node.ts';
import { happened, type Observations } from '../engine/observations.ts';
import { bystanders, findPeer, holderName, preemptor, unfitness } from '../engine/successor.ts';
import type { HandoverAnswer, HandoverRequest } from '../ports/handover.ts';
import type { Observation } from '../ports/observation.ts';

/** The watchdog's side of `ha-ip handover`: what it needs of the process. */
export interface Handing {
  /** null: the process does not know yet which machine it runs on. */
  readonly node: Node | null;
  readonly observations: Pick<Observations, 'subscribe'>;
  readonly stopped: AbortSignal;
}

type Running = Handing & { readonly node: Node };

/**
 * Hands over and stands aside, or takes part again; resolves when another holds, or nobody took over in time.
 * @throws Error - refused at once, and nothing has changed; or the process is told to leave meanwhile
 */
export async function handOver(
  { node, observations, stopped }: Handing,
  key: ResourceKey,
  asked: Readonly<Record<string, unknown>>,
): Promise<HandoverAnswer> {
  const request = understood(asked);
  if (!node?.state(key)) throw new Error('it is still starting: try again in a moment');
  if (stopped.aborted) throw new Error('it is leaving');
  const { role } = node.state(key)!;
  if (role === 'witness') throw new Error('a witness never holds the address: there is nothing to hand over');
  if (role === 'hold-off') throw new Error('it is still in hold-off: try again in a moment');
  return request.end ? rejoin(node, key) : standAside({ node, observations, stopped }, key, request);
}

async function standAside(
  running: Running,
  key: ResourceKey,
  { to, forMs }: HandoverRequest,
): Promise<HandoverAnswer> {
  const { node } = running;
  const [policy, before] = [node.policy(key)!, node.state(key)!];
  if (before.role !== 'active' && holderName(before) === null)
    throw new Error(
      'no machine is heard that holds the address, so this one does not stand aside; to exclude ' +
        'it all the same: --candidate off',
    );
  const heir = to === null ? null : chosen(policy, before, to);
  const hint = heir && expectation(policy, before, heir);
  const until = forMs === null ? null : new Date(Date.now() + forMs).toISOString();
  const began = performance.now();
  node.command({ kind: 'handover', to: heir?.member.address ?? null, forMs }, key);
  const relieved = before.role !== 'active' || (await isRelieved(running, key));
  const after = node.state(key)!;
  const known = { holder: holderName(after), tookMs: Math.round(performance.now() - began) };
  if (!relieved)
    return { ...known, outcome: 'failed', until: null, hint: null, why: bystanders(policy, after) };
  return {
    ...known,
    outcome: before.role === 'active' ? 'handed over' : 'stands aside',
    until,
    hint,
    why: [],
  };
}

function understood({ to, forMs, end }: Readonly<Record<string, unknown>>): HandoverRequest {
  const isName = to == null || typeof to === 'string';
  const isTime = forMs == null || (typeof forMs === 'number' && forMs >= 0 && Number.isFinite(forMs));
  if (!isName || !isTime)
    throw new Error('expected {"to":NAME or null,"forMs":NUMBER or null,"end":BOOLEAN}');
  return { to: to ?? null, forMs: forMs ?? null, end: end === true };
}

function rejoin(node: Node, key: ResourceKey): HandoverAnswer {
  const wasAside = node.state(key)!.aside !== null;
  node.command({ kind: 'rejoin' }, key);
  const outcome = wasAside ? 'takes part again' : 'takes part already';
  return { outcome, holder: holderName(node.state(key)!), tookMs: 0, until: null, why: [], hint: null };
}

/** The peer that was asked for, if it could take over now: else nothing is begun. */
function chosen(policy: Policy, state: State, wanted: string): Peer {
  const found = findPeer(state, wanted);
  if (typeof found === 'string') throw new Error(found);
  if (state.role !== 'active') {
    const holder = holderName(state);
    const where = holder === null ? 'nobody is heard that does' : `ask ${holder}`;
    throw new Error(`this node does not hold the address, so it cannot choose who does: ${where}`);
  }
  if (found.last?.version === 1) throw new Error(`${peerName(found)} runs exoip, which cannot be asked`);
  const why = unfitness(policy, state, found);
  if (why !== null) throw new Error(`${peerName(found)} ${why}`);
  return found;
}

function expectation(policy: Policy, state: State, heir: Peer): string | null {
  const better = preemptor(policy, state, heir);
  if (!better) return null;
  const delay =
    `after the preempt delay (${spoken(policy.preemptDelayMs)}), when the address has rested for ` +
    `${minimumHold / 1_000} s`;
  return (
    `${peerName(better)} ranks before ${peerName(heir)} and will take the address back ${delay}, ` +
    'unless all run with --preempt off'
  );
}

/** False: nobody took over in time. Whatever ends a hand-over is reported by the node. */
async function isRelieved({ node, observations, stopped }: Running, key: ResourceKey): Promise<boolean> {
  const isReport = (told: Observation) => told.kind === 'report' && told.resource.key === key;
  const asked = node.state(key)!.aside;
  for (;;) {
    const state = node.state(key)!;
    const { aside } = state;
    if (aside && aside.since !== asked?.since) throw new Error('another hand-over was asked for meanwhile');
    if (!aside?.handing) return state.role !== 'active' && holderName(state) !== null;
    if (!(await happened(observations, isReport, stopped))) throw new Error('it was told to leave meanwhile');
  }
}
