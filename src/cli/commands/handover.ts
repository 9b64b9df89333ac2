import { controlledResources } from '../../adapters/control.ts';
import { askControl, ControlError } from '../../adapters/control-client.ts';
import type { Config } from '../../config/config.ts';
import { spoken } from '../../config/duration.ts';
import type { IpAddress } from '../../core/index.ts';
import type { HandoverAnswer, HandoverRequest } from '../../ports/handover.ts';
import { type ExitCode, Failure } from '../../watchdog/failure.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../output/terminal.ts';
import { type Asked, noneRuns } from './status.ts';

/** What a watchdog may take beyond its hand-over. */
const MARGIN_MS = 10_000;

interface Own {
  readonly to: string | undefined;
  readonly for: number | undefined;
  readonly end: boolean;
  readonly json: boolean;
}

type Told = { readonly address: IpAddress } & (HandoverAnswer | { readonly error: ControlError });

/**
 * `ha-ip handover`: the watchdogs of this host hand their addresses over and stand aside, until told (`--end`) or for
 * a time; waits until another holds. With `json` an array of `HandoverAnswer`, each with its address, or with `error`.
 * Exit code: 0 done, 1 nobody took over or it was refused, 4 none runs.
 */
export async function handover(
  { addresses, runtimeDir, handoverTimeoutMs }: Asked & Pick<Config, 'handoverTimeoutMs'>,
  context: Pick<Context, 'stdout' | 'stderr'>,
  own: Own,
): Promise<ExitCode> {
  const request = requestOf(own);
  const named = addresses.length > 0;
  const all = named ? addresses : controlledResources(runtimeDir);
  const timeoutMs = handoverTimeoutMs + MARGIN_MS;
  const answers = await Promise.all(all.map((address) => ask(runtimeDir, address, request, timeoutMs)));
  // A socket that a killed watchdog left is no watchdog, unless somebody asked for this very one.
  const told = answers.filter((one) => named || !isAbsent(one));
  if (told.length === 0 && !named) context.stderr(noneRuns(runtimeDir));
  if (own.json) context.stdout(`${JSON.stringify(told.map(plain), null, 2)}\n`);
  for (const one of told) tell(one, context, own.json);
  return exitCode(told);
}

function requestOf({ to, for: forMs, end }: Own): HandoverRequest {
  if (end && (to !== undefined || forMs !== undefined))
    throw new Failure('--end: expected alone, got it with --to or --for', { exitCode: 2 });
  return { to: to ?? null, forMs: forMs ?? null, end };
}

async function ask(dir: string, address: IpAddress, ask: HandoverRequest, timeoutMs: number): Promise<Told> {
  try {
    const [answer] = await askControl({
      dir,
      resource: address,
      request: 'handover',
      with: { ...ask },
      timeoutMs,
    });
    return { address, ...(answer as HandoverAnswer) };
  } catch (error) {
    if (error instanceof ControlError) return { address, error };
    throw error;
  }
}

function isAbsent(one: Told): boolean {
  return 'error' in one && one.error.kind === 'not running';
}

function exitCode(told: readonly Told[]): ExitCode {
  if (told.some((one) => ('error' in one ? !isAbsent(one) : one.outcome === 'failed'))) return 1;
  return told.length === 0 || told.some(isAbsent) ? 4 : 0;
}

function plain(one: Told): object {
  return 'error' in one ? { address: one.address, error: one.error.message } : one;
}

function tell(one: Told, { stdout, stderr }: Pick<Context, 'stdout' | 'stderr'>, json: boolean): void {
  if ('error' in one) return stderr(`${oneLine(one.error.message)}\n`);
  const sentence = `${oneLine(`${one.address}: ${narrated(one)}`)}\n`;
  if (one.outcome === 'failed') stderr(sentence);
  else if (!json) stdout(sentence);
  if (one.hint !== null) stderr(`${oneLine(one.hint)}\n`);
}

function narrated(answer: HandoverAnswer): string {
  const { outcome, holder, tookMs, why } = answer;
  const took = spoken(tookMs);
  const holds = holder === null ? 'nobody is heard that holds the address' : `${holder} holds the address`;
  switch (outcome) {
    case 'handed over':
      return `handed over to ${holder} in ${took}; standing aside ${howLong(answer)}`;
    case 'stands aside':
      return `standing aside ${howLong(answer)}; ${holds}`;
    case 'failed':
      return `nobody took over in ${took}, so this node takes part again: ${why.join('; ') || 'it has no peers'}`;
    default:
      return `${outcome}; ${holds}`;
  }
}

function howLong({ until }: HandoverAnswer): string {
  return until === null ? 'until told: ha-ip handover --end' : `until ${until}`;
}
