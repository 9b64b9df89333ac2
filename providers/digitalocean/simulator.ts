import type { InstanceId } from '../../src/core/index.ts';
import type { Asked, Reply, Route } from '../../src/sim/serve.ts';
import { canonicalAddress } from '../../src/wire/address.ts';
import type { Simulator } from '../kit/simulator-cloud.ts';
import { metadataRoute } from '../kit/simulator-metadata.ts';
import {
  bearer,
  callOf,
  elsewhere,
  type Operation,
  operationRoutes,
  orRefused,
  Refused,
  type Simulated,
} from '../kit/simulator-operations.ts';
import * as actions from './simulator/actions.ts';
import * as addresses from './simulator/addresses.ts';
import {
  ALWAYS,
  bodyOf,
  type Call,
  notFound,
  refuse,
  requireKnown,
  requireScope,
} from './simulator/answers.ts';
import * as droplets from './simulator/droplets.ts';
import * as groups from './simulator/groups.ts';
import { metadataAnswer } from './simulator/metadata.ts';
import type { Quirks } from './simulator/quirks.ts';

/**
 * DigitalOcean's API, version 2, and the metadata service over a simulated cloud. Sources: its OpenAPI description
 * (github.com/digitalocean/openapi), and what its own tools handle: godo, doctl, the Terraform provider ("TF"), the
 * floating-IP operator ("FLIPOP"). Where they leave a question open, a quirk lets a test have it either way.
 */
export const digitalocean = {
  flavours: { digitalocean: {} },
  provider: 'digitalocean',
  credentials: { DIGITALOCEAN_TOKEN: 'token' },
  mode: 'moves',
  zone: 'fra1',
  idOf: (number) => String(4_201_000 + number),
  oneActionAtATime: true,
  routes,
} as const satisfies Simulator<Quirks>;

interface Scoped extends Operation<Quirks> {
  readonly scope: string;
  /** Parameters that it knows. */
  readonly query: readonly string[];
}

function operation(on: string, scope: string, run: (call: Call) => Reply, query: string[] = []): Scoped {
  return { on, name: on, scope, run, query };
}

const PAGING = ['page', 'per_page'];

const OPERATIONS: readonly Scoped[] = [
  ...([4, 6] as const).flatMap(addressOperations),
  operation('GET /v2/reserved_ips/{ip}/actions/{action}', 'reserved_ip:read', actions.one),
  // The only way to ask for an action on an IPv6 address.
  operation('GET /v2/actions/{action}', 'actions:read', actions.one),
  operation('GET /v2/droplets', 'droplet:read', droplets.list, [...PAGING, 'tag_name', 'name', 'type']),
  operation('GET /v2/droplets/{droplet}', 'droplet:read', droplets.one),
  operation('GET /v2/droplets/{droplet}/actions', 'droplet:read', droplets.listActions, PAGING),
  operation('GET /v2/tags', 'tag:read', groups.listTags, PAGING),
  operation('GET /v2/vpcs', 'vpc:read', groups.listVpcs, PAGING),
  operation('GET /v2/vpcs/{vpc}/members', 'vpc:read', groups.listMembers, [...PAGING, 'resource_type']),
  operation('GET /v2/firewalls', 'firewall:read', groups.listFirewalls, PAGING),
];

function addressOperations(family: addresses.Family): Scoped[] {
  const { path } = addresses.FAMILIES[family];
  const of = (run: (call: Call, family: addresses.Family) => Reply) => (call: Call) => run(call, family);
  return [
    operation(`GET ${path}`, 'reserved_ip:read', of(addresses.list), PAGING),
    operation(`POST ${path}`, 'reserved_ip:create', of(addresses.reserve)),
    operation(`GET ${path}/{ip}`, 'reserved_ip:read', of(addresses.one)),
    operation(`DELETE ${path}/{ip}`, 'reserved_ip:delete', of(addresses.release)),
    operation(`POST ${path}/{ip}/actions`, 'reserved_ip:update', of(actions.act)),
  ];
}

function routes(of: Simulated<Quirks>): Route[] {
  const budget = new Budget();
  const admit = (call: Call) => {
    if (call.caller === null) throw new Refused(401, 'Unable to authenticate you');
    return { ...ALWAYS, ...budget.count(call) };
  };
  const check = (call: Call, { scope, query }: Scoped) => {
    requireScope(call, scope);
    requireKnown(call, call.asked.query.keys(), query);
  };
  return [
    ...operationRoutes(of, {
      operations: OPERATIONS,
      credentialOf: bearer,
      nameOf: ({ asked }, { name }) => name + verbOf(name, asked),
      subjectOf,
      admit,
      check,
      refuse,
    }),
    ...elsewhere(/^\/v2(\/|$)/, nowhere, (asked) => {
      // Who asks for what is not there must be known, too, and it costs.
      const headers = () => admit(callOf(of, bearer(asked), asked, null));
      return orRefused(() => refuse(new Refused(404, notFound().message, { headers: headers() })), refuse);
    }),
    metadataRoute({
      path: /^\/metadata\/v1\/(?<key>.*)$/,
      machines: () => of.cloud.instances.values(),
      answer: (machine, key) => metadataAnswer(of, machine, key),
      missing: 'not found',
    }),
  ];
}

/** Actions are told apart by what they do. */
function verbOf(name: string, asked: Asked): string {
  const { type } = bodyOf(asked);
  return name.startsWith('POST') && name.endsWith('/actions') && typeof type === 'string' ? ` ${type}` : '';
}

function subjectOf({ cloud, asked }: Call): InstanceId | null {
  const { droplet_id } = bodyOf(asked);
  if (asked.method === 'POST' && typeof droplet_id === 'number') return String(droplet_id);
  const ip = canonicalAddress(decodeURIComponent(asked.groups.ip ?? ''));
  return ip === null ? null : (cloud.holders(ip)[0] ?? null);
}

function nowhere({ method, path, remote }: Asked) {
  return { who: remote, what: `${method} ${path}`, write: method !== 'GET' };
}

const HOUR_MS = 3_600_000;

/**
 * The hour is a sliding window: each request counts for an hour, and the reset is when the oldest one stops counting.
 * `retry-after` comes with the limit of the minute alone (description of the API, "Rate Limit").
 */
class Budget {
  readonly #times = new Map<string, number[]>();

  /** Every answer tells what is left of the token's budget, errors too. */
  count({ quirks, asked }: Call): Record<string, string> {
    const limits = quirks.limits ?? { hour: 5000, minute: 250 };
    const { at } = asked;
    const token = bearer(asked);
    const times = (this.#times.get(token) ?? []).filter((time) => at - time < HOUR_MS);
    const minute = times.filter((time) => at - time < 60_000);
    const allowed = times.length < limits.hour && minute.length < limits.minute;
    if (allowed) times.push(at);
    this.#times.set(token, times);
    const said = {
      'ratelimit-limit': String(limits.hour),
      'ratelimit-remaining': String(allowed ? limits.hour - times.length : 0),
      'ratelimit-reset': String(Math.ceil((Date.now() + (times[0] ?? at) + HOUR_MS - at) / 1000)),
    };
    if (allowed) return said;
    const burst = minute.length < limits.minute ? [] : minute.slice(0, 1);
    const wait = burst.map((oldest) => ['retry-after', String(Math.ceil((oldest + 60_000 - at) / 1000))]);
    const headers = { ...said, ...Object.fromEntries(wait) };
    throw new Refused(429, 'API Rate limit exceeded.', { headers });
  }
}
