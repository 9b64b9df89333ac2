import type { CloudDeclaration } from '../ports/cloud.ts';

/** Every word that may stand before the name of a group, as in `tag:web`. */
export function groupPrefixes(clouds: readonly CloudDeclaration[]): string[] {
  return [...new Set(clouds.flatMap(({ groupKinds }) => Object.keys(groupKinds.prefixes)))];
}

/** `[tag:|vpc:]NAME; a bare name is a tag at One, a network at Other`. */
export function groupWords(clouds: readonly CloudDeclaration[]): string {
  const prefixes = groupPrefixes(clouds).map((prefix) => `${prefix}:`);
  const bare = clouds.map(({ title, groupKinds }) => `a ${groupKinds.bare} at ${title}`);
  return `[${prefixes.join('|')}]NAME; a bare name is ${bare.join(', ')}`;
}
