import type {
  Description,
  FailureKind,
  InstanceId,
  IpAddress,
  MachineState,
  NodeId,
  Resource,
  Traits,
  View,
} from '../core/index.ts';

/** An address of a machine and the network it belongs to, as the cloud names it. */
export interface NetworkAddress {
  readonly ip: IpAddress;
  readonly network: string;
  readonly private: boolean;
}

/** This machine, as its metadata and the cloud describe it. */
export interface Identity {
  readonly instance: InstanceId;
  readonly node: NodeId;
  readonly name?: string;
  readonly zone: string;
  /** Its own addresses, never a shared one, the one to listen on first. */
  readonly addresses: readonly NetworkAddress[];
}

/** A machine of the group, this one included. */
export interface GroupMember {
  readonly instance: InstanceId;
  readonly node?: NodeId;
  readonly name?: string;
  readonly zone?: string;
  readonly state: MachineState;
  readonly addresses: readonly NetworkAddress[];
}

/**
 * One cloud, for one shared resource; where these words say address, a record is meant as well.
 *
 * Every method performs the cloud's calls and nothing more: no retry, no back-off, no caching of answers that
 * decide, no logging, no opinion about who should hold the address. It ends at latest when its signal is aborted,
 * and rejects with a ProviderError for every failure of the world; anything else it throws is a defect of ours.
 * Every HTTP call inside is bounded by its own deadline (5 s).
 */
export interface Provider {
  /** Appears first in every error. */
  readonly name: string;
  readonly traits: Traits;

  /** Who this machine is. Reads metadata, and the API where the cloud keeps the node id there. */
  identify(signal: AbortSignal): Promise<Identity>;

  /**
   * The holders of the address now. The cloud is the only truth about it.
   * @throws missing - there is no such address in this account and zone
   * @throws throttled - with `background` also when nothing was asked, so that enough of the cloud's budget of
   *   requests is left for a takeover: no sign of a cloud that fails, and no reason to put off a claim
   */
  read(signal: AbortSignal, options?: ReadOptions): Promise<View>;

  /** One machine. A machine that the cloud does not know is `gone`, not an error. */
  describe(instance: InstanceId, signal: AbortSignal): Promise<Description>;

  /**
   * Gives the address to the instance, by the cloud's own way (`traits.associate`). Ends when the cloud says that it
   * is done. Idempotent: already so is success. Aborting stops the waiting, never the cloud's action: after an error
   * with `mayHaveHappened` only a read tells what is true.
   * @param onAccepted - called when the cloud has accepted the request, before its action is done
   */
  associate(instance: InstanceId, signal: AbortSignal, onAccepted?: () => void): Promise<void>;

  /**
   * Takes the address from this instance and from no other. Idempotent: already absent is success, so is a machine
   * that no longer exists. Ends when the cloud says that it is done.
   */
  dissociate(instance: InstanceId, signal: AbortSignal): Promise<void>;

  /** The machines of the group in this zone, this one included; the whole list or an error, never a part. */
  members?(group: string, signal: AbortSignal): Promise<GroupMember[]>;

  /**
   * Why this machine could not take the address now, a line each with what to do; [] if it could. Asked at start and
   * by `-n`, never in a takeover.
   */
  eligibility?(signal: AbortSignal): Promise<string[]>;
}

export interface ReadOptions {
  /** An audit or a standby's look, which can wait; a takeover and the confirmation of a write cannot. Default false. */
  readonly background?: boolean;
}

/** A shared address of the account. */
export interface SharedAddress {
  readonly address: IpAddress;
  /** What the cloud calls it; the address itself where it has no other name. */
  readonly id: string;
  /** Zone or region. */
  readonly zone: string;
  readonly holders: readonly InstanceId[];
  /** Why ha-ip must not move it, such as a health check of the cloud's own that moves it; undefined if it may. */
  readonly managed?: string;
  readonly label?: string;
}

/** The account's shared addresses, for `ha-ip address`. The same promises as `Provider`. */
export interface AddressBook {
  list(signal: AbortSignal): Promise<SharedAddress[]>;
  /** Reserves a new address: in the zone, where the cloud's addresses have one, and of the family. Costs money. */
  reserve(
    wish: { readonly zone?: string; readonly family: 4 | 6 },
    signal: AbortSignal,
  ): Promise<SharedAddress>;
  /** Gives the address back to the cloud for good. Nobody else may hold it: the caller has asked. */
  release(address: IpAddress, signal: AbortSignal): Promise<void>;
}

/** A failure of the world, with what the election needs to know of it. The message is one line without secrets. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: FailureKind;
  readonly mayHaveHappened: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { mayHaveHappened?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.mayHaveHappened = options.mayHaveHappened ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A value that only the signing or sending of a request may reveal. */
export interface Credential {
  reveal(): string;
}

/** What a cloud is given to speak for an account. */
export interface AccountSettings {
  /** By the names of their options: `token`. */
  readonly credentials: Readonly<Record<string, Credential>>;
  readonly endpoint?: string;
  /** Base URL of the metadata service, where it is not the cloud's own. */
  readonly metadata?: string;
  /** Own instance id, where metadata cannot tell. */
  readonly instance?: InstanceId;
  /** Source address of metadata requests: on one host, it tells simulated machines apart. */
  readonly source?: IpAddress;
}

/** The same for one shared resource. */
export interface ProviderSettings extends AccountSettings {
  readonly resource: Resource;
}
