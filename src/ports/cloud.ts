import type { IpAddress, Traits } from '../core/index.ts';
import type { AccountSettings, AddressBook, Provider, ProviderSettings } from './provider.ts';

/** A secret by which a cloud knows who asks. An option takes it, and another one, with `-file`, its file. */
export interface CredentialDeclaration {
  /** The option's name, and the key in `AccountSettings.credentials`: `api-key`. */
  readonly option: string;
  /** The option's short form, without the dash. */
  readonly short?: string;
  /** What the cloud calls it: `API key`. */
  readonly label: string;
  /** Environment variables that hold it, the usual one first. */
  readonly variables: readonly [string, ...string[]];
  /** What it may consist of, where that is known: `characters` in words, none of them ever shown. */
  readonly form?: { readonly pattern: RegExp; readonly characters: string };
}

/** Options, beside credentials, for which a cloud has environment or ifupdown variables of its own. */
export type CloudVariables = Readonly<
  Partial<Record<'address' | 'endpoint' | 'group' | 'instance' | 'peer', readonly string[]>>
>;

/**
 * What a cloud says of itself, as plain values: options, help, manual, detection and plans are made of it. It is read
 * at every start of the program, so it imports nothing that takes time to load.
 */
export interface CloudDeclaration {
  /** What `--provider` takes, and the first word of every error. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly credentials: readonly CredentialDeclaration[];
  readonly variables: CloudVariables;
  /** DMI strings of its machines, as the firmware shows them: all that are given must match. */
  readonly detect: { readonly vendor?: RegExp; readonly product?: RegExp };
  /** The endpoints that speak one of its APIs: by their path, and in words. */
  readonly endpoint: { readonly path: RegExp; readonly expected: string };
  /** How many requests the API takes, where it says so. */
  readonly budget?: { readonly requests: number; readonly per: 'second' | 'hour'; readonly of: string };
  /** What `--group NAME` names, and what `KIND:NAME` does. */
  readonly groupKinds: { readonly bare: string; readonly prefixes: Readonly<Record<string, string>> };
  /** The names by which `ha-ip cloud` serves its APIs, the first one for `demo`; each with a word on it, or ''. */
  readonly flavours: Readonly<Record<string, string>>;
  /** What associating does there. Expects an endpoint whose path fits. */
  traits(settings: AccountSettings): Traits;
  /**
   * Whether the host itself must have the shared address configured, because traffic arrives addressed to it. Without
   * this: yes.
   */
  isOnHost?(address: IpAddress): boolean;
}

/** A cloud as `provider.ts` exports it: what it says of itself, and what it does. */
export interface ProviderModule extends CloudDeclaration {
  /** Everything wrong with the settings, each a line that names the option and what was expected; [] when usable. */
  check(settings: AccountSettings | ProviderSettings): string[];
  create(settings: ProviderSettings): Provider;
  addressBook?(settings: AccountSettings): AddressBook;
  /** What the host must have so that it answers at the address: lines for people, commands to paste among them. */
  anchor?(settings: ProviderSettings, signal: AbortSignal): Promise<string[]>;
}

/** A row of `providers/index.ts`: what a cloud says of itself now, and the code of it when it is needed. */
export interface ListedCloud extends CloudDeclaration {
  load(): Promise<ProviderModule>;
}
