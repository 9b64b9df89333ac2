import type { Event, IpAddress } from '../core/index.ts';
import { type Check, type CheckSettings, type CheckStatus, checkName } from '../ports/check.ts';
import type { Source } from '../ports/source.ts';
import { createProbe, type Probe, type Seen } from './probes.ts';

export interface HealthParts {
  readonly settings: CheckSettings;
  /** The shared addresses: commands are told them. */
  readonly addresses: readonly IpAddress[];
  readonly say: (severity: 'notice' | 'warning', sentence: string) => void;
  /** How each check looks, where a test knows better. */
  readonly probeOf?: (check: Check) => Probe;
}

export interface Health extends Source {
  checks(): CheckStatus[];
}

/** What a check has shown: its verdict, and the last result with how many of its kind came in a row. */
export interface Standing {
  readonly up: boolean | null;
  readonly last: Seen | null;
  readonly inARow: number;
}

interface Running {
  readonly name: string;
  readonly probe: Probe;
  standing: Standing;
  timer?: NodeJS.Timeout;
}

/**
 * Looks at every check again and again, each on its own, so that a slow one delays no other, and none of them the
 * heartbeats. The node is healthy while all checks are up: told once when every check has answered, or one has
 * failed, and then whenever it changes.
 */
export function createHealth({ settings, addresses, say, probeOf }: HealthParts): Health {
  const environment = environmentFor(addresses);
  const probe = probeOf ?? ((check: Check) => createProbe(check, environment));
  const all: Running[] = settings.checks.map((check) => ({
    name: checkName(check),
    probe: probe(check),
    standing: { up: null, last: null, inARow: 0 },
  }));
  const over = new AbortController();
  let told: boolean | null = null;

  async function look(one: Running, emit: (event: Event) => void): Promise<void> {
    const began = performance.now();
    const seen = await lookOnce(one.probe, settings.timeoutMs, over.signal);
    if (over.signal.aborted) return;
    const before = one.standing;
    one.standing = weigh(before, seen, settings);
    if (one.standing.up !== before.up) say(...sentence(one, before));
    tellIfChanged(emit);
    const rest = Math.max(0, began + settings.intervalMs - performance.now());
    one.timer = setTimeout(() => void look(one, emit), rest);
  }

  function tellIfChanged(emit: (event: Event) => void): void {
    const ok = verdict(all.map(({ standing }) => standing.up));
    if (ok === null || ok === told) return;
    told = ok;
    emit({ kind: 'health', ok });
  }

  return {
    start(emit) {
      for (const one of all) void look(one, emit);
    },
    stop() {
      over.abort();
      for (const { timer } of all) clearTimeout(timer);
    },
    checks: () =>
      all.map(({ name, standing: { up, last, inARow } }) => ({
        check: name,
        up,
        seen: last?.words ?? null,
        inARow,
      })),
  };
}

/** Every check once, all at the same time. */
export function examine(
  { checks, timeoutMs }: CheckSettings,
  addresses: readonly IpAddress[],
): Promise<{ name: string; seen: Seen }[]> {
  const environment = environmentFor(addresses);
  const looks = checks.map(async (check) => ({
    name: checkName(check),
    seen: await lookOnce(createProbe(check, environment), timeoutMs),
  }));
  return Promise.all(looks);
}

/** Nothing of our own environment, which may hold credentials. */
function environmentFor(addresses: readonly IpAddress[]): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C',
    HA_IP_ADDRESS: addresses.join(','),
  };
}

/** One look, and no longer than it may take, whatever becomes of the probe. `over` ends it without an answer. */
export function lookOnce(probe: Probe, timeoutMs: number, over?: AbortSignal): Promise<Seen> {
  const limit = new AbortController();
  const end = () => limit.abort();
  over?.addEventListener('abort', end, { once: true });
  return new Promise<Seen>((resolve) => {
    const late = () => {
      resolve({ ok: false, words: `no answer within ${timeoutMs / 1_000} s` });
      limit.abort();
    };
    // When this process was held up, the answer may have come: sockets and children are looked at before it counts.
    const timer = setTimeout(() => setImmediate(late), timeoutMs);
    limit.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    probe(limit.signal)
      .catch((error: NodeJS.ErrnoException) => ({ ok: false, words: error.code ?? error.message }))
      .then(resolve)
      .finally(() => clearTimeout(timer));
  }).finally(() => over?.removeEventListener('abort', end));
}

/** The first result decides at once; then it takes `fall` bad or `rise` good ones in a row to change the verdict. */
export function weigh(
  { up, last, inARow }: Standing,
  seen: Seen,
  { rise, fall }: Pick<CheckSettings, 'rise' | 'fall'>,
): Standing {
  const row = last?.ok === seen.ok ? inARow + 1 : 1;
  const enough = up === null || row >= (seen.ok ? rise : fall);
  return { up: enough ? seen.ok : up, last: seen, inARow: row };
}

/** null: not known yet. One that failed is enough to know. */
export function verdict(ups: readonly (boolean | null)[]): boolean | null {
  if (ups.includes(false)) return false;
  return ups.includes(null) ? null : true;
}

function sentence({ name, standing }: Running, before: Standing): ['notice' | 'warning', string] {
  const { up, last, inARow } = standing;
  const times = inARow > 1 ? `, ${inARow} times in a row` : '';
  if (!up) return ['warning', `check ${name} fails: ${last!.words}${times}`];
  return ['notice', `check ${name} is good${before.up === null ? '' : ' again'}: ${last!.words}${times}`];
}
