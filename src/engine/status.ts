import {
  describeCondition,
  isTwoWay,
  leaseUntil,
  majority,
  type Peer,
  type Policy,
  peerName,
  type Resource,
  roleName,
  type State,
  supporters,
  viewOf,
} from '../core/index.ts';
import type { CheckStatus } from '../ports/check.ts';
import type { PeerStatus, QuorumStatus, Status } from '../ports/status.ts';
import type { Advise, Journal } from './journal.ts';

export interface StatusParts {
  readonly version: string;
  readonly pid: number;
  readonly policy: Policy;
  readonly state: State;
  readonly journal: Journal;
  /** What the health checks found so far; none by default. */
  readonly checks?: readonly CheckStatus[];
  /** What to do about a condition; nothing by default. */
  readonly advise?: Advise;
  /** The state is of this monotonic instant, which was this wall-clock time (ms). */
  readonly mono: number;
  readonly wall: number;
}

/** What a machine's state says to an operator. */
export function statusOf(parts: StatusParts): Status {
  const { version, pid, policy, state, journal, mono, wall, checks = [], advise = () => '' } = parts;
  const at = (instant: number) => new Date(wall - (mono - instant)).toISOString();
  const last = journal.lastTransition(policy.resource.key);
  return {
    version,
    pid,
    address: policy.resource.text,
    node: policy.self.node,
    instance: policy.self.instance,
    role: roleName(state),
    association: association(policy, state),
    holder: state.cloud.reading?.holders.join(', ') || null,
    since: at(state.roleSince),
    aside: aside(state, at),
    peers: state.peers.map((peer) => peerStatus(policy, { ...state, clock: { ...state.clock, mono } }, peer)),
    lastTransition: last && { at: at(last.mono), from: last.from, to: last.to, why: last.why },
    api: {
      ok: state.cloud.failures === 0,
      failures: state.cloud.failures,
      lastReadAgoMs: state.cloud.reading ? Math.round(mono - state.cloud.reading.at) : null,
    },
    quorum: quorum(policy, state, mono),
    health: { ok: state.own.healthy, checks },
    counters: { ...journal.counters },
    degraded: [...unhealthy(state, checks), ...degraded(state, advise)],
  };
}

/** The same while the process does not know yet which machine it runs on. */
export function statusBefore(known: {
  readonly version: string;
  readonly pid: number;
  readonly resource: Resource;
  readonly obstacle: string | null;
  readonly wall: number;
}): Status {
  const { version, pid, resource, obstacle, wall } = known;
  return {
    version,
    pid,
    address: resource.text,
    node: '',
    instance: '',
    role: 'hold-off',
    association: 'unknown',
    holder: null,
    since: new Date(wall).toISOString(),
    aside: null,
    peers: [],
    lastTransition: null,
    api: { ok: obstacle === null, failures: 0, lastReadAgoMs: null },
    quorum: null,
    health: { ok: null, checks: [] },
    counters: {},
    degraded: [obstacle ?? 'asking the cloud which machine this is'],
  };
}

function aside({ aside: away, peers }: State, at: (instant: number) => string): Status['aside'] {
  if (away === null) return null;
  const { since, until, to } = away;
  const heir = peers.find(({ member }) => member.address === to);
  return { since: at(since), until: until === null ? null : at(until), to: heir ? peerName(heir) : to };
}

function association(policy: Policy, state: State): Status['association'] {
  if (state.association === 'claiming') return 'claiming';
  const call = state.cloud.pending?.call;
  if (call?.kind === 'dissociate' && call.instance === policy.self.instance) return 'giving up';
  if (state.cloud.reading === null || state.cloud.unreadSince !== null) return 'unknown';
  if (!state.cloud.reading.holders.includes(policy.self.instance)) return 'not ours';
  return state.cloud.reading.delivered === false ? 'ours, not delivered' : 'ours';
}

function quorum(policy: Policy, state: State, mono: number): QuorumStatus | null {
  if (policy.quorum === null) return null;
  const { voters } = policy.quorum;
  const left = leaseUntil(viewOf(policy, state)) - mono;
  return {
    voters: voters.length,
    majority: majority(voters),
    supporters: supporters(viewOf(policy, state)),
    leaseMs: left > 0 ? Math.round(left) : null,
    supports: supported(policy, state),
  };
}

function supported(policy: Policy, { support, peers }: State): string | null {
  if (support === null) return null;
  if (support.node === policy.self.node) return 'this machine';
  const peer = peers.find(({ last }) => last?.node === support.node);
  return peer ? peerName(peer) : support.node;
}

function peerStatus(policy: Policy, state: State, peer: Peer): PeerStatus {
  const { member, last } = peer;
  return {
    address: member.address,
    name: member.name,
    instance: member.instance,
    role: last === null ? null : last.version === 1 ? 'exoip' : said[last.role],
    priority: last?.priority ?? null,
    heardAgoMs: last === null ? null : Math.round(state.clock.mono - peer.heard.at),
    state: peer.liveness === 'never' ? 'never heard' : peer.liveness,
    twoWay: isTwoWay(viewOf(policy, state), peer),
  };
}

const said = {
  init: 'hold-off',
  backup: 'backup',
  acquiring: 'taking over',
  holding: 'active',
  witness: 'witness',
} as const;

/** R17: why this node takes nothing, and why a healthy one relieves it. */
function unhealthy({ own: { healthy } }: State, checks: readonly CheckStatus[]): string[] {
  if (healthy === null)
    return ['the first health check has not answered: this node takes nothing until then'];
  if (healthy) return [];
  const failing = checks
    .filter(({ up }) => up === false)
    .map(({ check, seen }) => `check ${check} is down (last: ${seen})`);
  return [`this node is not healthy: ${failing.join(', ') || 'a check is down'}`];
}

function standing({ conditions }: State, advise: Advise): string[] {
  return conditions.standing
    .filter(({ begun }) => begun)
    .map((one) => [describeCondition(one), advise(one)].filter((part) => part !== '').join('; '));
}

/** Conditions that stand, and whoever could not be relied on if something happened now. */
function degraded(state: State, advise: Advise): string[] {
  const silent = state.peers
    .filter((peer) => peer.liveness !== 'alive')
    .map(({ member, liveness }) => {
      const who = member.name ? `${member.name} (${member.address})` : member.address;
      return `${who} is ${liveness === 'never' ? 'not heard yet' : liveness}`;
    });
  return [...standing(state, advise), ...silent];
}
