import type { InstanceId } from '../../src/core/index.ts';
import type { Asked, Route } from '../../src/sim/serve.ts';
import { inNetwork } from '../../src/wire/address.ts';
import type { Simulator } from '../kit/simulator-cloud.ts';
import { present } from '../kit/simulator-machines.ts';
import { metadataRoute } from '../kit/simulator-metadata.ts';
import {
  bearer,
  elsewhere,
  jsonObject,
  type Operation,
  operationRoutes,
  Refused,
  type Simulated,
} from '../kit/simulator-operations.ts';
import * as account from './simulator/account.ts';
import * as addresses from './simulator/addresses.ts';
import { type Call, fieldsOf, refuse } from './simulator/answers.ts';
import * as instances from './simulator/instances.ts';
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

function get(path: string, name: string, run: Run, query: readonly string[] = []): VultrOperation {
  return { on: `GET /v2${path}`, name, run, query };
}

function list(path: string, name: string, run: Run, filters: readonly string[] = []): VultrOperation {
  return get(path, name, run, [...filters, 'per_page', 'cursor']);
}

function post(path: string, name: string, run: Run, body: Body): VultrOperation {
  return { on: `POST /v2${path}`, name, run, query: [], body };
}

const FILTERS = ['tag', 'label', 'main_ip', 'region', 'firewall_group_id'];
const RESERVED = { region: true, ip_type: true, label: false };

const OPERATIONS: readonly VultrOperation[] = [
  get('/account', 'get-account', account.get),
  list('/reserved-ips', 'list-reserved-ips', addresses.list),
  post('/reserved-ips', 'create-reserved-ip', addresses.create, RESERVED),
  get('/reserved-ips/{id}', 'get-reserved-ip', addresses.get),
  { on: 'DELETE /v2/reserved-ips/{id}', name: 'delete-reserved-ip', run: addresses.remove, query: [] },
  post('/reserved-ips/{id}/attach', 'attach-reserved-ip', addresses.attach, { instance_id: true }),
  post('/reserved-ips/{id}/detach', 'detach-reserved-ip', addresses.detach, {}),
  list('/instances', 'list-instances', instances.list, FILTERS),
  get('/instances/{id}', 'get-instance', instances.get),
  list('/instances/{id}/ipv4', 'get-instance-ipv4', instances.listIpv4, ['public_network']),
  list('/instances/{id}/ipv6', 'get-instance-ipv6', instances.listIpv6),
  get('/bare-metals/{id}', 'get-baremetal', instances.getBareMetal),
  list('/firewalls', 'list-firewall-groups', account.listFirewallGroups),
  list('/vpcs', 'list-vpcs', account.listVpcs),
  list('/vpcs/{id}/attachments', 'list-vpc-attachments', account.listAttachments),
];

function routes(of: Simulated<Quirks>): Route[] {
  const rates = new Rates();
  const admit = (call: Call) => {
    rates.count(call);
    requireRight(call);
    return {};
  };
  const nowhere = (asked: Asked) => {
    const who = of.callers.get(bearer(asked))?.who ?? asked.remote;
    return { who, what: 'nothing', write: false };
  };
  return [
    ...operationRoutes(of, { operations: OPERATIONS, credentialOf: bearer, subjectOf, admit, check, refuse }),
    ...elsewhere(/^\/v2(\/|$)/, nowhere, () => refuse(new Refused(404, 'Invalid API path'))),
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
    const later = 'Rate limit reached - please try your request again later.';
    const text = `${later} Current rate limit: ${perSecond} requests/sec`;
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
