import { controlledResources } from '../../adapters/control.ts';
import { askControl, ControlError } from '../../adapters/control-client.ts';
import type { Config } from '../../config/config.ts';
import { spoken } from '../../config/duration.ts';
import type { IpAddress } from '../../core/index.ts';
import type { PeerStatus, Status } from '../../ports/status.ts';
import type { ExitCode } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { table } from '../output/table.ts';
import { type Palette, palette } from '../output/terminal.ts';

/** What the commands of the control socket need of the configuration: no address means all of this host. */
export type Asked = Pick<Config, 'addresses' | 'runtimeDir'>;

/** How long a healthy watchdog may take: it answers from memory. */
const ANSWER_MS = 2_000;

/**
 * `ha-ip status`: what the running watchdogs say of themselves; with `json` as one array of `Status`. Exit code: 0 all
 * hold or stand by, 3 one is degraded or does not answer, 4 one is not running, 1 a socket belongs to another user.
 */
export async function status(
  { addresses, runtimeDir }: Asked,
  context: Pick<Context, 'stdout' | 'stderr' | 'colour'>,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const named = addresses.length > 0;
  const all = named ? addresses : controlledResources(runtimeDir);
  const answers = await Promise.all(all.map((address) => ask(runtimeDir, address)));
  const found = answers.filter((answer): answer is Status => !(answer instanceof ControlError));
  const errors = answers.filter((answer): answer is ControlError => answer instanceof ControlError);
  // A socket that a killed watchdog left is no watchdog, unless somebody asked for this very one.
  const told = errors.filter((error) => named || error.kind !== 'not running');
  const pages = () => found.map((one) => page(one, palette(context.colour))).join('\n');
  context.stdout(json ? `${JSON.stringify(found, null, 2)}\n` : pages());
  for (const error of told) context.stderr(`${error.message}\n`);
  if (found.length + told.length === 0) context.stderr(noneRuns(runtimeDir));
  return exitCode(found, told);
}

export function noneRuns(dir: string): string {
  return `no watchdog runs here (${dir}): start one with ha-ip -W, or say where with --runtime-dir\n`;
}

async function ask(dir: string, address: IpAddress): Promise<Status | ControlError> {
  try {
    const [answer] = await askControl({ dir, resource: address, request: 'status', timeoutMs: ANSWER_MS });
    return answer as Status;
  } catch (error) {
    if (error instanceof ControlError) return error;
    throw error;
  }
}

function exitCode(found: readonly Status[], errors: readonly ControlError[]): ExitCode {
  if (errors.some((error) => error.kind === 'denied')) return 1;
  if (errors.some((error) => error.kind === 'not running') || found.length + errors.length === 0) return 4;
  return errors.length > 0 || found.some((one) => one.degraded.length > 0) ? 3 : 0;
}

function page(one: Status, colours: Palette): string {
  const facts = table([
    ['address', one.address],
    ['role', `${one.role} since ${one.since}`],
    ...(one.aside === null ? [] : [['aside', aside(one.aside)]]),
    ['holder', holder(one)],
    ['last', last(one)],
    ['cloud', cloud(one.api)],
    ...(one.quorum ? [['quorum', quorum(one.quorum)]] : []),
    ...health(one.health),
    ['instance', one.instance || '–'],
    ['process', `${one.pid}, ha-ip ${one.version}`],
    ...one.degraded.map((sentence) => ['degraded', sentence]),
  ]);
  const [heading = '', ...peers] = table([
    ['PEER', 'NAME', 'ROLE', 'PRIORITY', 'HEARD', 'STATE'],
    ...one.peers.map(row),
  ]);
  const coloured = facts.map((line) => (line.startsWith('degraded') ? colours.bad(line) : line));
  return `${[...coloured, '', colours.dim(heading), ...peers].join('\n')}\n`;
}

function holder({ holder: who, association, instance }: Status): string {
  if (association === 'claiming' || association === 'giving up') return `${who ?? 'nobody'} (${association})`;
  if (who === null) return association === 'unknown' ? 'unknown' : 'nobody';
  return who === instance ? `${who} (this machine)` : who;
}

function aside({ since, until, to }: NonNullable<Status['aside']>): string {
  const end = until === null ? 'until told: ha-ip handover --end' : `until ${until}`;
  return `${end}, since ${since}${to === null ? '' : `, for ${to}`}`;
}

function last({ lastTransition: change }: Status): string {
  if (change === null) return 'no transition yet';
  return `${change.at}  ${change.from} → ${change.to}: ${change.why}`;
}

function cloud({ ok, failures, lastReadAgoMs }: Status['api']): string {
  const read = lastReadAgoMs === null ? 'never read' : `read ${spoken(lastReadAgoMs)} ago`;
  return ok ? `answers, ${read}` : `fails (${failures} in a row), ${read}`;
}

function quorum({ voters, supporters, leaseMs, supports }: NonNullable<Status['quorum']>): string {
  const own = leaseMs === null ? '' : `, lease for ${spoken(leaseMs)}`;
  return `${supporters} of ${voters} voters support this machine${own}; it supports ${supports ?? 'nobody'}`;
}

/** A line for each check; nothing where there are none. */
function health({ checks }: Status['health']): string[][] {
  const verdicts = { true: 'good', false: 'fails', null: 'not answered yet' } as const;
  return checks.map(({ check, up, seen, inARow }) => {
    const last = seen === null ? '' : ` (${seen}${inARow > 1 ? `, ${inARow} times in a row` : ''})`;
    return ['check', `${check}: ${verdicts[`${up}`]}${last}`];
  });
}

function row(peer: PeerStatus): string[] {
  const heard = peer.heardAgoMs === null ? 'never' : `${spoken(peer.heardAgoMs)} ago`;
  const oneWay = peer.state === 'alive' && !peer.twoWay ? ', does not hear us' : '';
  const name = peer.name ?? peer.instance ?? '–';
  return [
    peer.address,
    name,
    peer.role ?? '–',
    String(peer.priority ?? '–'),
    heard,
    `${peer.state}${oneWay}`,
  ];
}
