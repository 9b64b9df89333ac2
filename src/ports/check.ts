/** Something on this machine that must work for the machine to be healthy. */
export type Check =
  /** Something accepts connections there. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** A program, by its absolute path, and its arguments: it ends with 0. */
  | { readonly kind: 'exec'; readonly words: readonly string[] };

/** How often checks run, how long one may take, and how many in a row change a verdict. */
export interface CheckSettings {
  readonly checks: readonly Check[];
  readonly intervalMs: number;
  /** At most the interval: a round is over when the next one begins. */
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
}

/** What one check has found so far. Plain data. */
export interface CheckStatus {
  readonly check: string;
  /** Its verdict; null before the first answer. */
  readonly up: boolean | null;
  /** What was seen last, and how many times in a row it was good or bad; null before the first answer. */
  readonly seen: string | null;
  readonly inARow: number;
}

/** What people call it. */
export function checkName(check: Check): string {
  return `${check.kind} ${checkTarget(check)}`;
}

export function checkTarget(check: Check): string {
  if (check.kind === 'exec') return check.words.map(quoted).join(' ');
  const { host, port } = check;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** As it could be typed again. */
function quoted(word: string): string {
  if (word !== '' && !/[\s'"]/.test(word)) return word;
  return word.includes("'") ? `"${word}"` : `'${word}'`;
}
