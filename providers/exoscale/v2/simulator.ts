import { timingSafeEqual } from 'node:crypto';
import type { InstanceId } from '../../../src/core/index.ts';
import type { Asked, Route } from '../../../src/sim/serve.ts';
import { type Operation, operationRoutes, Refused, type Simulated } from '../../kit/simulator-operations.ts';
import { authorization } from './signature.ts';
import { type Call, refuse, wantedInstance } from './simulator/answers.ts';
import * as elasticIps from './simulator/elastic-ips.ts';
import * as instances from './simulator/instances.ts';
import * as operations from './simulator/operations.ts';
import type { V2Quirks } from './simulator/quirks.ts';

/**
 * Exoscale's API v2 (`/v2`) over a simulated cloud: the operations in use, and some that others might use. Sources:
 * its OpenAPI document 2.0.0, egoscale v3 and the `exo` command line, vshn/floaty, which moves Elastic IPs. Where they
 * leave a question open, a quirk lets a test have it either way.
 */
export function v2Routes(of: Simulated<V2Quirks>): Route[] {
  const table = operationsWith(new Map());
  return operationRoutes(of, {
    operations: table,
    credentialOf,
    subjectOf,
    admit,
    refuse,
    segment: '[^/:]+',
  });
}

/** By the names of the OpenAPI document. */
function operationsWith(done: operations.Done): Operation<V2Quirks>[] {
  return [
    { on: 'GET /v2/zone', name: 'list-zones', run: instances.listZones },
    { on: 'GET /v2/instance', name: 'list-instances', run: instances.list },
    { on: 'GET /v2/instance/{id}', name: 'get-instance', run: instances.get },
    { on: 'GET /v2/elastic-ip', name: 'list-elastic-ips', run: elasticIps.list },
    { on: 'GET /v2/elastic-ip/{id}', name: 'get-elastic-ip', run: elasticIps.get },
    {
      on: 'POST /v2/elastic-ip',
      name: 'create-elastic-ip',
      run: (call) => operations.createElasticIp(call, done),
    },
    {
      on: 'DELETE /v2/elastic-ip/{id}',
      name: 'delete-elastic-ip',
      run: (call) => operations.deleteElasticIp(call, done),
    },
    { on: 'PUT /v2/elastic-ip/{id}:attach', name: 'attach-instance-to-elastic-ip', run: operations.attach },
    { on: 'PUT /v2/elastic-ip/{id}:detach', name: 'detach-instance-from-elastic-ip', run: operations.detach },
    { on: 'GET /v2/operation/{id}', name: 'get-operation', run: (call) => operations.get(call, done) },
    { on: 'GET /v2/security-group', name: 'list-security-groups', run: instances.listSecurityGroups },
    { on: 'GET /v2/private-network', name: 'list-private-networks', run: instances.listPrivateNetworks },
    { on: 'GET /v2/instance-pool/{id}', name: 'get-instance-pool', run: instances.getPool },
  ];
}

function admit(call: Call, { name }: Operation<V2Quirks>): Record<string, string> {
  // The list of zones is public; a signed request for it would be subject to the key's role.
  if (name === 'list-zones') return {};
  const { badSignature = 403, forbidden = [] } = call.quirks;
  if (!verified(call)) throw new Refused(badSignature, 'Invalid credentials or signature');
  if (forbidden.includes(name)) throw new Refused(403, 'Forbidden by role policy for compute');
  return {};
}

const AUTHORIZATION =
  /^EXO2-HMAC-SHA256 credential=(?<key>[^,]+)(,signed-query-args=[^,]+)?,expires=(?<expires>\d+),signature=[\w+/=]+$/;

function credentialOf({ headers }: Asked): string {
  return AUTHORIZATION.exec(headers.authorization ?? '')?.groups?.key ?? '';
}

/** All of the query must be signed, as all official clients do: whether the API insists on it is not known. */
function verified({ asked, caller }: Call): boolean {
  const given = asked.headers.authorization ?? '';
  const { key = '', expires = '0' } = AUTHORIZATION.exec(given)?.groups ?? {};
  if (caller === null || Number(expires) * 1000 < Date.now()) return false;
  const url = new URL(`http://api${asked.path}?${asked.query.toString()}`);
  const request = { method: asked.method, url, body: asked.body };
  const expected = authorization(request, { key, secret: caller.secret }, Number(expires));
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}

function subjectOf({ asked }: Call): InstanceId | null {
  try {
    return wantedInstance(asked);
  } catch {
    return null;
  }
}
