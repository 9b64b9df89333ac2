import * as v from 'valibot';
import type { AccountSettings } from '../../../src/ports/provider.ts';
import { type Asked, type Dialect, JsonClient } from '../../kit/json-client.ts';
import { endOf } from '../../kit/settle.ts';
import { declaration } from '../declaration.ts';
import { isZone, ownZone } from '../metadata.ts';
import { pollAfterMs } from '../pace.ts';
import { authorization } from './signature.ts';
import { Operation, troubleOf, troubleOfOperation } from './trouble.ts';

/** The operations in use, by their names in Exoscale's OpenAPI document: IAM roles allow them by the same names. */
const OPERATIONS = {
  'list-instances': ['GET', '/instance'],
  'get-instance': ['GET', '/instance/{id}'],
  'list-elastic-ips': ['GET', '/elastic-ip'],
  'get-elastic-ip': ['GET', '/elastic-ip/{id}'],
  'create-elastic-ip': ['POST', '/elastic-ip'],
  'delete-elastic-ip': ['DELETE', '/elastic-ip/{id}'],
  'attach-instance-to-elastic-ip': ['PUT', '/elastic-ip/{id}:attach'],
  'detach-instance-from-elastic-ip': ['PUT', '/elastic-ip/{id}:detach'],
  'get-operation': ['GET', '/operation/{id}'],
  'list-security-groups': ['GET', '/security-group'],
  'list-private-networks': ['GET', '/private-network'],
  'get-instance-pool': ['GET', '/instance-pool/{id}'],
} as const;

export interface Question extends Asked {
  readonly name: keyof typeof OPERATIONS;
  /** Must be a UUID: it becomes a part of the path. */
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** API v2 knows no pages. */
const PageEnd = v.pipe(
  v.record(v.string(), v.unknown()),
  v.transform(() => ({ count: null, next: '' })),
);

/** All official clients use as long; what the server allows is not documented. */
const EXPIRES_S = 600;

/** The signed API v2 of one zone: answers, lists, actions. */
export class Client extends JsonClient<Question> {
  constructor(endpoint: string, settings: AccountSettings) {
    super(dialect(endpoint, settings));
  }

  /** What the id names, or null where the API answers that there is no such thing. */
  find<T extends { readonly id: string }>(
    name: Question['name'],
    id: string,
    schema: v.GenericSchema<unknown, T>,
    signal: AbortSignal,
  ): Promise<T | null> {
    return this.lookUp({ name, id }, id, schema, signal);
  }

  /** Starts an action; it may have ended already. */
  start(question: Question, signal: AbortSignal): Promise<Operation> {
    return this.ask(question, Operation, signal);
  }

  /** Waits until the action has ended well, and returns its last state. */
  async finished(question: Question, started: Operation, signal: AbortSignal): Promise<Operation> {
    const { id } = started;
    const ended = (operation: Operation) => (operation.state === 'pending' ? null : operation);
    const end = await endOf({
      ...{ pace: pollAfterMs, signal, first: ended(started) },
      look: async () => ended(await this.ask({ name: 'get-operation', id }, Operation, signal)),
      givenUp: () =>
        this.ended(question, { kind: 'unavailable', came: `given up while operation ${id} was running` }),
    });
    if (end.state === 'success') return end;
    throw this.ended(question, troubleOfOperation(end, question.name));
  }

  /** Whether an action has not ended yet. One that the API does not know is over. */
  async running(id: string, signal: AbortSignal): Promise<boolean> {
    return (await this.find('get-operation', id, Operation, signal))?.state === 'pending';
  }
}

function dialect(endpoint: string, { credentials }: AccountSettings): Dialect<Question> {
  return {
    request: ({ name, id = '', query = {}, body: given }, signal) => {
      const [method, path] = OPERATIONS[name];
      const url = new URL(endpoint + path.replace('{id}', id));
      for (const [key, value] of Object.entries(query)) url.searchParams.append(key, value);
      // Serialised once: the signature is over these bytes.
      const body = given === undefined ? '' : JSON.stringify(given);
      const expires = Math.floor(Date.now() / 1000) + EXPIRES_S;
      const account = { key: credentials['api-key']!.reveal(), secret: credentials['api-secret']!.reveal() };
      const signed = authorization({ method, url, body }, account, expires);
      const type = body !== '' && { 'content-type': 'application/json' };
      return {
        ...{ provider: declaration.name, method, url: url.href, what: name, write: method !== 'GET' },
        ...{ expect: 'json', signal, headers: { authorization: signed, ...type } },
        ...(body !== '' && { body }),
        secrets: [account.key, account.secret, signed.slice(signed.lastIndexOf('signature=') + 10)],
        readError: (answer) => troubleOf(answer, name),
      };
    },
    lists: {
      whole: true,
      page: (question) => question,
      end: PageEnd,
      // Nothing at all is an empty list, something else instead of the list is not.
      items: (content, key) => (Object.keys(content).length === 0 ? [] : content[key]),
    },
  };
}

/** A zone and its API. Instances, addresses and endpoints are of one zone: no call ever needs another one. */
export interface Zone {
  readonly name: string;
  readonly client: Client;
}

/**
 * The zone that the endpoint names, else that of this machine. `GET /zone`, which lists the endpoints, is not asked:
 * the name of the zone is the endpoint.
 */
export async function zoneOf(settings: AccountSettings, signal: AbortSignal): Promise<Zone> {
  const name = await zoneName(settings, signal);
  const endpoint = settings.endpoint?.replace(/\/+$/, '') ?? endpointOf(name);
  return { name, client: new Client(endpoint, settings) };
}

export function endpointOf(zone: string): string {
  return `https://api-${zone}.exoscale.com/v2`;
}

/** Of an endpoint that is not Exoscale's own (a proxy), metadata tells the zone; where it cannot, the host is named. */
async function zoneName(settings: AccountSettings, signal: AbortSignal): Promise<string> {
  if (settings.endpoint === undefined) return ownZone(settings, signal);
  const { hostname } = new URL(settings.endpoint);
  const zone = /^api-([a-z0-9-]+)\.exoscale\.com$/.exec(hostname)?.[1] ?? '';
  if (isZone(zone)) return zone;
  return settings.instance === undefined ? ownZone(settings, signal) : hostname;
}
