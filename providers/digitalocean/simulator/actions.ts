import type { IpAddress } from '../../../src/core/index.ts';
import type { Action, Job, SimInstance } from '../../../src/sim/cloud.ts';
import type { Reply } from '../../../src/sim/serve.ts';
import { canonicalAddress, isIPv6, isPrivate } from '../../../src/wire/address.ts';
import { addressesOf, heldBy } from '../../kit/simulator-machines.ts';
import { Refused, start } from '../../kit/simulator-operations.ts';
import { addressOf, type Family, refuseLocked } from './addresses.ts';
import { badRequest, bodyOf, type Call, notFound, refused, regionAnswer, requireKnown } from './answers.ts';
import { eventOf } from './droplets.ts';

const brokenActions = new WeakSet<Job>();

/** Assigning takes the address from its holder, who is not asked; it is not idempotent (FLIPOP, TF). */
export function act(call: Call, family: Family): Reply {
  const { ip } = addressOf(call, family);
  const body = bodyOf(call.asked);
  const assigns = body.type === 'assign';
  requireKnown(call, Object.keys(body), assigns ? ['type', 'droplet_id'] : ['type']);
  const action = assigns ? assignment(call, ip, body.droplet_id) : removal(call, ip, body.type);
  const broken = family === 6 && assigns && call.cloud.holders(ip).length > 0;
  const job = start(call, action);
  if (typeof job === 'string') throw refused(call, `The action was refused: ${job}`);
  if (broken && call.quirks.brokenMoves6 === true) brokenActions.add(job);
  return { status: 201, body: { action: actionAnswer(call, job) } };
}

function assignment(call: Call, ip: IpAddress, droplet: unknown): Action {
  const { cloud, quirks } = call;
  if (!Number.isInteger(droplet)) throw badRequest('droplet_id is a number');
  refuseLocked(call, ip);
  const machine = cloud.instances.get(String(droplet));
  if (machine === undefined || machine.state === 'gone')
    throw quirks.unknownDroplet === 422 ? refused(call, 'Droplet not found') : notFound();
  const unfit = unfitness(call, ip, machine);
  if (unfit !== null) throw refused(call, unfit);
  return { kind: 'associate', address: ip, instance: machine.id };
}

/** Texts: "pending event" is known, the others are not. */
function unfitness(call: Call, ip: IpAddress, machine: SimInstance): string | null {
  const { cloud } = call;
  if (eventOf(call, machine.id) !== null) return 'Droplet already has a pending event.';
  const held = heldBy(cloud, machine).map((address) => address.ip);
  if (held.includes(ip)) return `${ip} is already assigned to the droplet`;
  if (held.some((other) => isIPv6(other) === isIPv6(ip))) return 'The droplet already has a reserved IP';
  if (cloud.addresses.get(ip)?.zone !== machine.zone) return 'The droplet is in another region';
  return addressesOf(machine).every(isPrivate) ? 'The droplet has no public networking' : null;
}

function removal(call: Call, ip: IpAddress, type: unknown): Action {
  if (type !== 'unassign') throw badRequest('type is assign or unassign');
  refuseLocked(call, ip);
  if (call.cloud.holders(ip).length === 0)
    throw refused(call, 'The reserved IP is not assigned to a droplet');
  return { kind: 'dissociate', address: ip, instance: null };
}

/** Actions are numbers here, texts in the model. */
function actionNumber(job: Job): number {
  return 990_000 + Number.parseInt(job.id.slice(-12), 16);
}

function actionAnswer({ cloud, quirks }: Call, job: Job): object {
  const { kind, address } = job.action;
  const { runningWord: pending = 'in-progress', doneWord: done = 'completed' } = quirks;
  const zone = cloud.addresses.get(address)?.zone ?? '';
  return {
    id: actionNumber(job),
    status: { pending, done, failed: 'errored' }[job.state],
    // Not the word that was sent.
    type: kind === 'associate' ? 'assign_ip' : 'unassign_ip',
    started_at: '2026-01-02T03:04:05Z',
    completed_at: job.state === 'pending' ? null : '2026-01-02T03:04:16Z',
    // Neither the address nor the droplet.
    resource_id: 880_000_111,
    resource_type: isIPv6(address) ? 'reserved_ipv6' : 'reserved_ip',
    region: regionAnswer(zone),
    region_slug: zone,
  };
}

export function one(call: Call): Reply {
  const { action, ip } = call.asked.groups;
  const job = [...call.cloud.jobs.values()].find((one) => String(actionNumber(one)) === action);
  const elsewhere = ip !== undefined && job?.action.address !== canonicalAddress(ip);
  if (job === undefined || elsewhere || call.quirks.hiddenActions === true) throw notFound();
  if (brokenActions.has(job)) throw new Refused(500, 'Unexpected server-side error');
  return { status: 200, body: { action: actionAnswer(call, job) } };
}
