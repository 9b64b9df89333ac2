import type { Cloud, Job, Refusal, SimInstance } from '../../../../src/sim/cloud.ts';
import { canonicalAddress } from '../../../../src/wire/address.ts';
import { defaultNic, present } from '../../../kit/simulator-machines.ts';
import { Refused, start } from '../../../kit/simulator-operations.ts';
import { type Call, noEntity, wrong } from './answers.ts';

export function addIp(call: Call): object {
  const { cloud, parameters, quirks } = call;
  const nicid = parameters.get('nicid') ?? '';
  const machine = machineOfNic(cloud, nicid);
  if (machine === undefined) throw noEntity('nicid', nicid);
  const ip = canonicalAddress(parameters.get('ipaddress') ?? '');
  if (ip === null || !cloud.addresses.has(ip)) throw wrong('Unable to find an address with this ipaddress');
  // Neither vendor says what attaching again does; floaty does it every minute, which suggests success.
  const { attachTwice: twice = 'success' } = quirks;
  if (twice !== 'success' && cloud.holders(ip).includes(machine.id))
    throw new Refused(twice, `The address ${ip} is already assigned to the nic`);
  const job = accepted(call, start(call, { kind: 'associate', address: ip, instance: machine.id }));
  return { id: job.id, ...startAnswer(call, job) };
}

export function removeIp(call: Call): object {
  const id = call.parameters.get('id') ?? '';
  const held = holdingOf(call.cloud, id);
  if (held === undefined) throw noEntity('id', id);
  const { address, instance } = held;
  return startAnswer(call, accepted(call, start(call, { kind: 'dissociate', address, instance })));
}

export function machineOfNic(cloud: Cloud, id: string): SimInstance | undefined {
  return present(cloud).find(({ nics }) => nics.some((nic) => nic.id === id));
}

/** `secondaryip[].id`: the relation of an address and a NIC, not the address. */
export function holdingOf(cloud: Cloud, id: string) {
  return [...cloud.addresses.values()]
    .flatMap(({ ip, holdings }) => holdings.map((held) => ({ ...held, address: ip })))
    .find((held) => held.id === id);
}

/** Which error CloudStack gives for an address in use is not documented: a quirk, with the text of its source. */
function accepted({ quirks }: Call, outcome: Job | Refusal): Job {
  if (typeof outcome !== 'string') return outcome;
  if (outcome !== 'held') throw wrong(`Unable to find the entity (${outcome})`);
  const text = 'Allocating ip to guest nic failed, please choose another ip';
  throw new Refused(quirks.heldError ?? 431, text, { code: 4370 });
}

/** Exoscale's start answers also carried a job status and an empty result (egoscale's request_test.go). */
function startAnswer({ dialect }: Call, { id: jobid }: Job): object {
  return dialect === 'exoscale' ? { jobid, jobstatus: 0, jobresult: {} } : { jobid };
}

export function jobResult(call: Call): object {
  const id = call.parameters.get('jobid') ?? '';
  const job = call.cloud.jobs.get(id);
  if (job === undefined) throw noEntity('jobid', id);
  const common = { jobid: job.id, cmd: job.action.kind, jobprocstatus: 0, jobresulttype: 'object' };
  switch (job.state) {
    case 'pending':
      return { ...common, jobstatus: 0, jobresultcode: 0 };
    case 'done':
      return { ...common, jobstatus: 1, jobresultcode: 0, jobresult: success(call, job) };
    case 'failed':
      // A failed job may carry result code 0 (egoscale's fixture): only jobstatus tells.
      return { ...common, jobstatus: 2, jobresultcode: 0, jobresult: jobError(job.error ?? '') };
  }
}

function success({ cloud, quirks }: Call, { id, action }: Job): object {
  if (action.kind === 'dissociate') return { success: quirks.successText === true ? 'true' : true };
  const machine = cloud.instances.get(action.instance);
  const nicid = machine && defaultNic(machine)?.id;
  return { nicsecondaryip: { id, ipaddress: action.address, nicid, virtualmachineid: action.instance } };
}

/** A text may begin with its own code: `531 not allowed`. */
function jobError(text: string): object {
  const code = /^5\d\d/.exec(text)?.[0] ?? (text === 'held' ? '537' : '530');
  return { errorcode: Number(code), cserrorcode: 9999, errortext: text };
}
