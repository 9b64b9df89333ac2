import type { CloudDeclaration, CredentialDeclaration } from '../ports/cloud.ts';
import { named, type Option, type OptionTable, optional } from './option.ts';
import { path, secret } from './parse.ts';
import { Secret } from './secret.ts';

/** Two options for each credential that a cloud declares: the secret itself, and its file. Clouds may share them. */
export function credentialOptions(clouds: readonly CloudDeclaration[]): OptionTable {
  const names = new Set(clouds.flatMap(({ credentials }) => credentials.map(({ option }) => option)));
  const wanted = [...names].map((name) => sharersOf(name, clouds));
  return named({
    ...Object.fromEntries(wanted.map((sharers) => [sharers[0]!.option, valueRow(sharers)])),
    ...Object.fromEntries(wanted.map((sharers) => [`${sharers[0]!.option}-file`, fileRow(sharers)])),
  });
}

/** The secrets among what was read, by the names of their options. */
export function credentialsIn(values: Readonly<Record<string, unknown>>, options: OptionTable) {
  const found = Object.values(options).flatMap(({ name, group }) => {
    const value = group === 'credentials' ? values[name] : undefined;
    return value instanceof Secret ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found) as Readonly<Record<string, Secret>>;
}

export function isCredential({ group }: Option<unknown>): boolean {
  return group === 'credentials';
}

interface Sharer extends CredentialDeclaration {
  readonly cloud: string;
  readonly title: string;
}

function sharersOf(option: string, clouds: readonly CloudDeclaration[]): Sharer[] {
  return clouds.flatMap(({ name, title, credentials }) =>
    credentials
      .filter((credential) => credential.option === option)
      .map((credential) => ({ ...credential, cloud: name, title })),
  );
}

function valueRow(sharers: readonly Sharer[]) {
  const [{ option, short } = sharers[0]!] = sharers;
  return optional(secret, {
    ...(short !== undefined && { short }),
    argument: option.split('-').at(-1)!.toUpperCase(),
    variables: sharers.flatMap(({ variables }) => variables),
    owners: Object.fromEntries(
      sharers.flatMap(({ cloud, variables }) => variables.map((variable) => [variable, cloud])),
    ),
    summary: `${inWords(sharers)}; as a flag every user of this host can read it: prefer --${option}-file`,
    group: 'credentials',
    secret: true,
    ...onlyCloud(sharers),
  });
}

function fileRow(sharers: readonly Sharer[]) {
  return optional(path, {
    argument: 'FILE',
    summary: `file with the ${inWords(sharers)}, readable by its owner only`,
    group: 'credentials',
    ...onlyCloud(sharers),
  });
}

/** `API token of One or API key of Other`. */
function inWords(sharers: readonly Sharer[]): string {
  return sharers.map(({ label, title }) => `${label} of ${title}`).join(' or ');
}

/** A flag that several clouds have does not tell which is meant. */
function onlyCloud([first, ...more]: readonly Sharer[]): { cloud?: string } {
  return first !== undefined && more.length === 0 ? { cloud: first.cloud } : {};
}
