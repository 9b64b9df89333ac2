import type { Config } from '../../config/config.ts';
import type { IpAddress } from '../../core/index.ts';
import type { AddressBook, SharedAddress } from '../../ports/provider.ts';
import { accountOf, chosenCloud, refuseMistakes } from '../../watchdog/cloud-access.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import { canonicalAddress } from '../../wire/address.ts';
import type { Context } from '../context.ts';
import { confirm } from '../output/confirm.ts';
import { table } from '../output/table.ts';
import { oneLine, palette } from '../output/terminal.ts';

export interface AddressOptions {
  readonly json: boolean;
  readonly zone: string | undefined;
  readonly family: 4 | 6;
}

type Act = (book: AddressBook, task: Task) => Promise<ExitCode>;

interface Task {
  readonly config: Config;
  readonly context: Context;
  readonly own: AddressOptions;
  readonly signal: AbortSignal;
  /** The word after the action. */
  readonly given: string | undefined;
}

const patienceMs = 60_000;

/** `ha-ip address list | show IP | reserve | release IP`: the shared addresses of the account. */
export async function address(config: Config, context: Context, own: AddressOptions): Promise<ExitCode> {
  const [action = '', given] = context.operands;
  const act = actions[action as keyof typeof actions];
  if (!act) {
    const expected = Object.keys(actions).join(', ');
    throw new Failure(`address: expected one of ${expected}, got ${JSON.stringify(action)}`, { exitCode: 2 });
  }
  return act(await bookOf(config), { config, context, own, given, signal: AbortSignal.timeout(patienceMs) });
}

async function bookOf(config: Config): Promise<AddressBook> {
  const module = await chosenCloud(config).load();
  const settings = accountOf(config);
  refuseMistakes(module, settings);
  if (!module.addressBook)
    throw new Failure(`${module.name}: this API does not manage addresses; use the cloud's console`);
  return module.addressBook(settings);
}

const actions: Readonly<Record<'list' | 'show' | 'reserve' | 'release', Act>> = {
  list,
  show,
  reserve,
  release,
};

async function list(book: AddressBook, { context, own, signal }: Task): Promise<ExitCode> {
  const all = await book.list(signal);
  if (own.json) context.stdout(`${JSON.stringify(all, null, 2)}\n`);
  else context.stdout(page(all, context));
  return 0;
}

async function show(book: AddressBook, task: Task): Promise<ExitCode> {
  const one = await find(book, task);
  const { context, own } = task;
  context.stdout(own.json ? `${JSON.stringify(one, null, 2)}\n` : page([one], context));
  return 0;
}

async function reserve(book: AddressBook, { config, context, own, signal }: Task): Promise<ExitCode> {
  const { zone, family } = own;
  if (!config.yes)
    await confirm(context, 'a reserved address costs money until it is released', 'reserve one');
  const one = await book.reserve({ family, ...(zone !== undefined && { zone }) }, signal);
  context.stdout(
    own.json ? `${JSON.stringify(one, null, 2)}\n` : `${one.address} is reserved in ${one.zone}\n`,
  );
  return 0;
}

async function release(book: AddressBook, task: Task): Promise<ExitCode> {
  const one = await find(book, task);
  const { config, context, signal } = task;
  const held = one.holders.length > 0 ? `, held by ${one.holders.join(', ')},` : '';
  if (!config.yes)
    await confirm(context, `${one.address}${held} is lost for good once it is released`, 'release it');
  await book.release(one.address, signal);
  context.stdout(`${one.address} is released\n`);
  return 0;
}

async function find(book: AddressBook, { given, signal }: Task): Promise<SharedAddress> {
  const wanted = wantedAddress(given);
  const all = await book.list(signal);
  const one = all.find((known) => known.address === wanted);
  if (one) return one;
  const known = all.map((other) => other.address).join(', ') || 'none';
  throw new Failure(`${wanted} is no shared address of this account; it has ${known}`);
}

function wantedAddress(given: string | undefined): IpAddress {
  const wanted = canonicalAddress(given ?? '');
  if (wanted !== null) return wanted;
  const came = given === undefined ? 'none' : JSON.stringify(given);
  throw new Failure(`address: expected an IP address after the action, got ${came}`, { exitCode: 2 });
}

function page(all: readonly SharedAddress[], { colour }: Context): string {
  if (all.length === 0) return 'no shared addresses\n';
  const rows = all.map((one) => [
    one.address,
    one.zone,
    one.holders.join(', ') || 'nobody',
    oneLine([one.label, one.managed && `not to be moved: ${one.managed}`].filter(Boolean).join('; ')),
  ]);
  const [heading = '', ...lines] = table([['ADDRESS', 'ZONE', 'HOLDER', 'NOTE'], ...rows]);
  return `${[palette(colour).dim(heading), ...lines].join('\n')}\n`;
}
