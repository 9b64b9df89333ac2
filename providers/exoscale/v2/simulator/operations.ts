import type { Job, SimAddress, SimInstance } from '../../../../src/sim/cloud.ts';
import type { Reply } from '../../../../src/sim/serve.ts';
import { isIPv6 } from '../../../../src/wire/address.ts';
import { byFamily, defaultNic } from '../../../kit/simulator-machines.ts';
import { Refused, start, timingOf } from '../../../kit/simulator-operations.ts';
import { idOf } from '../../simulator/ids.ts';
import { bodyOf, type Call, found, notFound, wantedInstance, zoneOf } from './answers.ts';
import { elasticIp } from './elastic-ips.ts';
import { instance } from './instances.ts';

/** Operations without an action of the cloud: they are done at once. */
export type Done = Map<string, object>;

export function createElasticIp(call: Call, done: Done): Reply {
  const { addressfamily = 'inet4' } = bodyOf(call.asked);
  if (addressfamily !== 'inet4' && addressfamily !== 'inet6')
    throw new Refused(400, 'addressfamily: invalid');
  const number = call.cloud.addresses.size;
  const ip = addressfamily === 'inet6' ? `2001:db8:0:${number}::1` : `198.51.100.${number}`;
  const id = idOf(`elastic ip ${ip}`);
  call.cloud.addresses.set(ip, { id, ip, zone: zoneOf(call), mode: 'adds', holdings: [] });
  return doneAtOnce(done, 'create-elastic-ip', id);
}

/** Attached addresses are taken off their instances: what the API does is not known. */
export function deleteElasticIp(call: Call, done: Done): Reply {
  const { id, ip } = elasticIp(call);
  call.cloud.setHolders(ip, [], call.asked.at, call.who);
  call.cloud.addresses.delete(ip);
  return doneAtOnce(done, 'delete-elastic-ip', id);
}

function doneAtOnce(done: Done, command: string, subject: string): Reply {
  const id = idOf(`operation ${done.size}`);
  const operation = { id, state: 'success', reference: referenceOf(subject, command) };
  done.set(id, operation);
  return found({ ...operation, state: 'pending' });
}

function referenceOf(id: string | undefined, command: string): object {
  return { id, link: `/v2/elastic-ip/${id}`, command };
}

export function attach(call: Call): Reply {
  const address = elasticIp(call);
  const machine = instance(call, wantedInstance(call.asked));
  refuseWithoutIPv6(address, machine);
  const again = call.cloud.holders(address.ip).includes(machine.id);
  return act(call, 'associate', address, machine, again ? call.quirks.attachTwice : undefined);
}

export function detach(call: Call): Reply {
  const address = elasticIp(call);
  const machine = instance(call, wantedInstance(call.asked));
  const again = !call.cloud.holders(address.ip).includes(machine.id);
  return act(call, 'dissociate', address, machine, again ? call.quirks.detachTwice : undefined);
}

/** "These instances need to have IPv6 enabled" (the same page); with which status it is refused is not known. */
function refuseWithoutIPv6({ ip }: SimAddress, machine: SimInstance): void {
  const enabled = byFamily(defaultNic(machine)?.addresses ?? []).six.length > 0;
  if (isIPv6(ip) && !enabled) throw new Refused(409, 'IPv6 is not enabled on the instance');
}

type Treatment = Call['quirks']['attachTwice'];

/** `treatment`: the quirk that decides where the wish is fulfilled already. */
function act(
  call: Call,
  kind: 'associate' | 'dissociate',
  { ip }: SimAddress,
  { id }: SimInstance,
  treatment: Treatment = 'success',
): Reply {
  if (treatment === 'refused') throw new Refused(409, 'The operation conflicts with the current state');
  const failing = treatment === 'fails' && { appliesAfterMs: null, fails: 'conflict' };
  const outcome = start(call, { kind, address: ip, instance: id }, { ...timingOf(call), ...failing });
  if (typeof outcome === 'string') throw new Refused(outcome === 'pending' ? 409 : 404, outcome);
  return found(operationAnswer(call, outcome));
}

export function get(call: Call, done: Done): Reply {
  const { id = '' } = call.asked.groups;
  const job = call.cloud.jobs.get(id);
  const operation = job === undefined ? done.get(id) : operationAnswer(call, job);
  if (operation === undefined) throw notFound('Operation');
  return found(operation);
}

/** It may have ended when it is first answered. A failure is an answer like any other, with status 200. */
function operationAnswer({ cloud }: Call, { id, state, action, error }: Job): object {
  const associate = action.kind === 'associate';
  const command = associate ? 'attach-instance-to-elastic-ip' : 'detach-instance-from-elastic-ip';
  const reference = referenceOf(cloud.addresses.get(action.address)?.id, command);
  if (state === 'failed') return { id, ...failureOf(error ?? ''), reference };
  return { id, state: state === 'done' ? 'success' : 'pending', reference };
}

/** A text may begin with its own reason: `busy`; `timeout` is a state of its own. */
function failureOf(text: string): object {
  if (text === 'timeout') return { state: 'timeout', message: 'the operation took too long' };
  const reason = /^[a-z-]+/.exec(text)?.[0] ?? '';
  return { state: 'failure', reason: REASONS.includes(reason) ? reason : 'unknown', message: text };
}

const REASONS = [
  ...['busy', 'conflict', 'fault', 'forbidden', 'incorrect', 'interrupted', 'not-found', 'partial'],
  ...['unavailable', 'unknown', 'unsupported'],
];
