import type { InstanceId } from '../../src/core/index.ts';
import type { Asked, Route } from '../../src/sim/serve.ts';
import { inNetwork } from '../../src/wire/address.ts';
import type { Simulator } from '../kit/simulator-cloud.ts';
import { present } from '../kit/simulator-machines.ts';
import { metadataRoute } from '../kit/simulator-metadata.ts';
import {
  bearer,
  jsonObject,
  type Operation,
  operationRoutes,
  Refused,
  type Simulated,
} from '../kit/simulator-operations.ts';
import { getAccount, listAttachments, listFirewallGroups, listVpcs } from './simulator/account.ts';
import {
  attach,
  createReservedIp,
  deleteReservedIp,
  detach,
  getReservedIp,
  listReservedIps,
} from './simulator/addresses.ts';
import { type Call, fieldsOf, refuse } from './simulator/answers.ts';
import { getBareMetal, getInstance, listInstances, listIpv4, listIpv6 } from './simulator/instances.ts';
import { metadataAnswer } from './simulator/metadata.ts';
import type { Quirks } from './simulator/quirks.ts';

/**
 * Vultr's API, version 2, and its metadata service over a simulated cloud. Sources: Vultr's OpenAPI file of 2023-12
 * (in vultr-java), govultr 3.32, Vultr's Terraform provider and Ansible collection for statuses and texts, issue
 * threads of both for what users saw, cloud-init for metadata. Where they leave a question open, a quirk lets a test
 * have it either way.
 */
export const vultr = {
  flavours: { vultr: { path: '/v2' } },
  provider: 'vultr',
  credentials: { VULTR_API_KEY: 'token' },
  mode: 'refusedWhileHeld',
  zone: 'fra',
  routes,
} as const satisfies Simulator<Quirks>;

/** By the specification's own names. */
interface VultrOperation extends Operation<Quirks> {
  /** Parameters that it knows; lists also know those of paging. */
  readonly query: readonly string[];
  /** Fields of the body: true where required. Undefined: none is read. */
  readonly body?: Readonly<Record<string, boolean>>;
}

type Run = VultrOperation['run'];
type Body = VultrOperation['body'];

const get = (path: string, name: string, run: Run, query: readonly string[] = []): VultrOperation => ({
  ...{ on: `GET /v2${path}`, name, run, query },
});

const list = (path: string, name: string, run: Run, query: readonly string[] = []): VultrOperation =>
  get(path, name, run, [...query, 'per_page', 'cursor']);

const post = (path: string, name: string, run: Run, body: Body): VultrOperation => ({
  ...{ on: `POST /v2${path}`, name, run, query: [], body },
});

const FILTERS = ['tag', 'label', 'main_ip', 'region', 'firewall_group_id'];

const OPERATIONS: readonly VultrOperation[] = [
  get('/account', 'get-account', getAccount),
  list('/reserved-ips', 'list-reserved-ips', listReservedIps),
  post('/reserved-ips', 'create-reserved-ip', createReservedIp, {
    region: true,
    ip_type: true,
    label: false,
  }),
  get('/reserved-ips/{id}', 'get-reserved-ip', getReservedIp),
  { on: 'DELETE /v2/reserved-ips/{id}', name: 'delete-reserved-ip', run: deleteReservedIp, query: [] },
  post('/reserved-ips/{id}/attach', 'attach-reserved-ip', attach, { instance_id: true }),
  post('/reserved-ips/{id}/detach', 'detach-reserved-ip', detach, {}),
  list('/instances', 'list-instances', listInstances, FILTERS),
  get('/instances/{id}', 'get-instance', getInstance),
  list('/instances/{id}/ipv4', 'get-instance-ipv4', listIpv4, ['public_network']),
  list('/instances/{id}/ipv6', 'get-instance-ipv6', listIpv6),
  get('/bare-metals/{id}', 'get-baremetal', getBareMetal),
  list('/firewalls', 'list-firewall-groups', listFirewallGroups),
  list('/vpcs', 'list-vpcs', listVpcs),
  list('/vpcs/{id}/attachments', 'list-vpc-attachments', listAttachments),
];

function routes(of: Simulated<Quirks>): Route[] {
  const rates = new Rates();
  const admit = (call: Call) => {
    rates.count(call);
    requireRight(call);
    return {};
  };
  return [
    ...operationRoutes(of, {
      ...{ operations: OPERATIONS, credentialOf: bearer, subjectOf, admit, check, refuse },
    }),
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => nowhere(of, method)),
    metadataRoute({
      path: /^\/v1(?<key>\.json|\/[a-z0-9/-]+)$/,
      machines: () => present(of.cloud),
      answer: (machine, key) => metadataAnswer(of, machine, key),
    }),
  ];
}

/** Of a detachment: who holds the address, since the request does not say. */
function subjectOf(call: Call): InstanceId | null {
  const { instance_id } = fieldsOf(call.asked);
  if (typeof instance_id === 'string') return instance_id;
  const address = [...call.cloud.addresses.values()].find(({ id }) => id === call.asked.groups.id);
  return address === undefined ? null : (call.cloud.holders(address.ip)[0] ?? null);
}

/** The limit counts by source address, whoever calls. */
class Rates {
  readonly #since = new Map<string, { from: number; count: number }>();

  count({ asked: { remote, at }, quirks }: Call): void {
    const last = this.#since.get(remote);
    const window = last !== undefined && at - last.from < 1000 ? last : { from: at, count: 0 };
    window.count += 1;
    this.#since.set(remote, window);
    const { perSecond = 30, status = 429, retryAfterS } = quirks.rateLimit ?? { retryAfterS: 1 };
    if (window.count <= perSecond) return;
    const text = `Rate limit reached - please try your request again later. Current rate limit: ${perSecond} requests/sec`;
    const wait = retryAfterS === undefined ? [] : [['retry-after', String(retryAfterS)]];
    throw new Refused(status, text, { headers: Object.fromEntries(wait) });
  }
}

/** Which of the two refusals comes first where both would do is not known. */
function requireRight({ caller, asked: { remote }, quirks: { allowed } }: Call): void {
  if (caller === null) throw new Refused(401, 'Invalid API token.');
  if (allowed === undefined || allowed.some((network) => inNetwork(remote, network))) return;
  throw new Refused(401, `Unauthorized IP address: ${remote}`);
}

/** The real API's way with what it does not know is not documented: refusing shows our typing errors. */
function check({ asked }: Call, { query, name, body }: VultrOperation): void {
  const unknown = [...asked.query.keys()].find((key) => !query.includes(key));
  if (unknown !== undefined) throw new Refused(400, `Unknown parameter ${unknown} of ${name}`);
  const required = Object.keys(body ?? {}).filter((field) => body?.[field]);
  if (asked.body === '' && required.length === 0) return;
  const fields = body === undefined ? null : jsonObject(asked.body);
  const type = asked.headers['content-type'] ?? '';
  if (fields === null || Array.isArray(fields) || !type.startsWith('application/json'))
    throw new Refused(400, 'Invalid JSON body.');
  const missing = required.find((field) => typeof fields[field] !== 'string');
  if (missing !== undefined) throw new Refused(400, `Missing or invalid ${missing}.`);
  const strange = Object.keys(fields).find((field) => !(field in (body ?? {})));
  if (strange !== undefined) throw new Refused(400, `Unknown field ${strange} of ${name}`);
}

function nowhere({ callers }: Simulated<Quirks>, method: string): Route {
  const who = (asked: Asked) => callers.get(bearer(asked))?.who ?? asked.remote;
  return {
    method,
    path: /^\/v2(\/|$)/,
    name: (asked) => ({ who: who(asked), what: 'nothing', write: false }),
    answer: () => ({ status: 404, body: { error: 'Invalid API path', status: 404 } }),
  };
}
