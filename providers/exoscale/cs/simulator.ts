import { timingSafeEqual } from 'node:crypto';
import type { Asked, Effect, Naming, Reply, Route } from '../../../src/sim/serve.ts';
import { callOf, orRefused, Refused, type Simulated } from '../../kit/simulator-operations.ts';
import { sign } from './signature.ts';
import { type Call, type Dialect, type Parameters, refuse, wrong } from './simulator/answers.ts';
import { addIp, holdingOf, jobResult, machineOfNic, removeIp } from './simulator/jobs.ts';
import { groups, machines, publicAddresses, zones } from './simulator/lists.ts';
import type { CsQuirks } from './simulator/quirks.ts';

/**
 * The cs-style API of Exoscale (`/compute`, `/v1`) and of Apache CloudStack (`/client/api`) over a simulated cloud.
 * Sources: egoscale 0.13.3 (the client in exoip) with its test answers, the Python client `cs`, Apache CloudStack's
 * ApiServer and ApiErrorCode. Where they leave a question open, a quirk lets a test have it either way.
 */
export function csRoutes(of: Simulated<CsQuirks>): Route[] {
  const api = (method: string, path: RegExp, dialect: Dialect): Route => ({
    method,
    path,
    name: (asked) => naming(callFor(of, dialect, asked, null)),
    answer: (asked, fault) => answer(callFor(of, dialect, asked, fault)),
  });
  // exoip's client signs GET requests, ours are POST.
  return ['GET', 'POST'].flatMap((method) => [
    api(method, /^\/(compute|v1)$/, 'exoscale'),
    api(method, /^\/client\/api$/, 'cloudstack'),
  ]);
}

/** What a command may be asked with, and what it answers. */
interface Command {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  /** Irregular for addIpToNic (egoscale's responseKey, CloudStack's AddIpToVmNicCmd). */
  readonly key?: string;
  readonly write?: boolean;
  readonly run: (call: Call) => object;
}

function list(run: Command['run'], ...filters: string[]): Command {
  return { optional: [...filters, 'page', 'pagesize'], run };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  listVirtualMachines: list(machines, 'id', 'zoneid', 'state', 'ipaddress'),
  listPublicIpAddresses: list(publicAddresses, 'ipaddress', 'zoneid', 'iselastic', 'allocatedonly'),
  listSecurityGroups: list(groups, 'securitygroupname'),
  listZones: list(zones, 'available'),
  addIpToNic: { required: ['nicid', 'ipaddress'], write: true, run: addIp, key: 'addiptovmnicresponse' },
  removeIpFromNic: { required: ['id'], write: true, run: removeIp },
  queryAsyncJobResult: { required: ['jobid'], run: jobResult },
};

function callFor(of: Simulated<CsQuirks>, dialect: Dialect, asked: Asked, fault: Effect | null): Call {
  const parameters = lowerNames(rawParameters(asked));
  return { ...callOf(of, parameters.get('apikey') ?? '', asked, fault), dialect, parameters };
}

function naming({ cloud, parameters, who }: Call): Naming {
  const { command: what = 'no command', nicid = '', id = '' } = Object.fromEntries(parameters);
  const write = COMMANDS[what]?.write ?? false;
  const subject = machineOfNic(cloud, nicid)?.id ?? holdingOf(cloud, id)?.instance ?? null;
  return { who, what, write, subject: write ? subject : null };
}

function answer(call: Call): Reply {
  const name = call.parameters.get('command') ?? '';
  const command = COMMANDS[name];
  const run = () => {
    const parameters = admitted(call, name, command);
    if (command === undefined)
      throw new Refused(432, `The given command '${name}' does not exist`, { code: 9999 });
    const body = call.fault?.kind === 'empty' ? {} : command.run({ ...call, parameters });
    return { status: 200, body: { [command.key ?? `${name.toLowerCase()}response`]: body } };
  };
  // `errorresponse` where the command is not known (ACS getSerializedApiError).
  const key = command === undefined ? 'errorresponse' : `${name.toLowerCase()}response`;
  return orRefused(run, (refused) => refuse(key, refused));
}

function rawParameters({ query, body }: Asked): Map<string, string> {
  const all = new Map<string, string>();
  // Only the first value of a repeated name counts (ACS).
  for (const [name, value] of [...query, ...new URLSearchParams(body)]) all.set(name, all.get(name) ?? value);
  return all;
}

function lowerNames(raw: Parameters): Map<string, string> {
  return new Map([...raw].map(([name, value]) => [name.toLowerCase(), value]));
}

const FIXED = ['command', 'apikey', 'signature', 'signatureversion', 'expires', 'response'];

/** Authenticates, then checks the parameters, in the server's order. Returns those of the command itself. */
function admitted(call: Call, name: string, command: Command | undefined): Parameters {
  // No detail of why: key, signature and expiry look alike (ACS verifyRequest).
  if (!verified(call))
    throw new Refused(401, 'unable to verify user credentials and/or request signature', { code: 9999 });
  const own = new Map([...call.parameters].filter(([parameter]) => !FIXED.includes(parameter)));
  if (command !== undefined) checkNames(call, own, name, command);
  return own;
}

function verified({ caller, asked, parameters }: Call): boolean {
  if (caller === null || expired(parameters)) return false;
  const signed = [...rawParameters(asked)].filter(([name]) => name.toLowerCase() !== 'signature');
  const expected = Buffer.from(sign(Object.fromEntries(signed), caller.secret));
  const given = Buffer.from(parameters.get('signature') ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Without version 3, `expires` is ignored; more than 15 minutes ahead is refused where operators enforce expiry. */
function expired(parameters: Parameters): boolean {
  if (parameters.get('signatureversion') !== '3') return false;
  const at = Date.parse(parameters.get('expires') ?? '');
  return Number.isNaN(at) || at < Date.now() || at > Date.now() + 15 * 60_000;
}

function checkNames({ quirks }: Call, own: Parameters, name: string, command: Command): void {
  const { required = [], optional = [] } = command;
  const prefix = `Unable to execute API command ${name.toLowerCase()} due to`;
  const missing = required.find((parameter) => !own.get(parameter));
  if (missing !== undefined) throw wrong(`${prefix} missing parameter ${missing}`);
  const unknown = [...own.keys()].find((parameter) => ![...required, ...optional].includes(parameter));
  if (unknown !== undefined && quirks.strict !== false)
    throw new Refused(430, `${prefix} unknown parameter ${unknown}`);
}
