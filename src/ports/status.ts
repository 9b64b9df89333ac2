import type { InstanceId, IpAddress, NodeId, RoleName } from '../core/index.ts';
import type { CheckStatus } from './check.ts';

/** What a running watchdog says of itself for one shared address: the answer to `ha-ip status`. Plain data. */
export interface Status {
  readonly version: string;
  readonly pid: number;
  /** The shared resource, as text. */
  readonly address: string;
  readonly node: NodeId;
  readonly instance: InstanceId;
  readonly role: RoleName;
  /** What the cloud is known to say, as far as this machine is concerned. */
  readonly association: 'ours' | 'ours, not delivered' | 'not ours' | 'claiming' | 'giving up' | 'unknown';
  /** Who has the address by the last answer of the cloud; null: nobody, or never read. Several are joined by commas. */
  readonly holder: string | null;
  /** ISO 8601: when `role` became what it is. */
  readonly since: string;
  /** Standing aside by `ha-ip handover`: since, until when (null: told), and whom a holder asked (null: the best). */
  readonly aside: {
    /** ISO 8601. */
    readonly since: string;
    readonly until: string | null;
    readonly to: string | null;
  } | null;
  readonly peers: readonly PeerStatus[];
  readonly lastTransition: {
    /** ISO 8601. */
    readonly at: string;
    readonly from: RoleName;
    readonly to: RoleName;
    readonly why: string;
  } | null;
  readonly api: {
    readonly ok: boolean;
    /** Failures in a row. */
    readonly failures: number;
    /** null: never read. */
    readonly lastReadAgoMs: number | null;
  };
  /** null: without one. */
  readonly quorum: QuorumStatus | null;
  /** The verdict of the health checks, and each of them; `ok` is null until they have answered, true without any. */
  readonly health: { readonly ok: boolean | null; readonly checks: readonly CheckStatus[] };
  /** What was counted since the start, datagrams dropped by reason among it. */
  readonly counters: Readonly<Record<string, number>>;
  /** What an operator should mend, a sentence each; [] when all is well. */
  readonly degraded: readonly string[];
}

/** Whom the voters support, as far as this machine knows. */
export interface QuorumStatus {
  readonly voters: number;
  readonly majority: number;
  /** Voters that support this machine, itself among them. */
  readonly supporters: number;
  /** How long the lease of this machine still runs; null: it has none. */
  readonly leaseMs: number | null;
  /** Whom this machine supports: a name or an address, `this machine`, or null for nobody. */
  readonly supports: string | null;
}

export interface PeerStatus {
  readonly address: IpAddress;
  readonly name?: string;
  readonly instance?: InstanceId;
  /** As the peer tells it; null if it never did. */
  readonly role: string | null;
  readonly priority: number | null;
  readonly heardAgoMs: number | null;
  readonly state: 'alive' | 'silent' | 'refused' | 'never heard';
  /** It hears us, too. */
  readonly twoWay: boolean;
}
