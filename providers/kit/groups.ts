import type { Verdict } from '../../src/adapters/http.ts';

const NAMES_SHOWN = 10;

/** What came where a group was to be found by its name, and is not there. */
export function noSuchGroup(what: string, name: string, names: readonly string[]): Verdict {
  const some = names.slice(0, NAMES_SHOWN).map((one) => JSON.stringify(one));
  const list = [...some, ...(names.length > NAMES_SHOWN ? ['more'] : [])].join(', ') || 'none';
  const came = `no ${what} ${JSON.stringify(name)}`;
  return { kind: 'missing', came, advice: `check --group: there are ${list}` };
}

interface Named {
  readonly id: string;
  readonly name?: string | null | undefined;
}

/** The group of that id or name, or what came instead: nothing, or several of the name. `kind` is its prefix. */
export function theGroup<T extends Named>(
  { kind, what = kind }: { readonly kind: string; readonly what?: string },
  wanted: string,
  all: readonly T[],
): T | Verdict {
  const byId = all.find(({ id }) => id === wanted.toLowerCase());
  const [found, ...more] = byId === undefined ? all.filter(({ name }) => name === wanted) : [byId];
  if (found === undefined)
    return noSuchGroup(
      what,
      wanted,
      all.map(({ id, name }) => name || id),
    );
  if (more.length === 0) return found;
  const came = `${more.length + 1} of the name ${JSON.stringify(wanted)}`;
  const ids = [found, ...more].map(({ id }) => `--group ${kind}:${id}`).join(' or ');
  return { kind: 'rejected', came, advice: `name one by its id: ${ids}` };
}
