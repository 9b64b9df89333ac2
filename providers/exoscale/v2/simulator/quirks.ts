import type { IpAddress } from '../../../../src/core/index.ts';

/** What the documents of API v2 leave open, and what operators set. */
export interface V2Quirks {
  /**
   * Whether `ip-address` filters instances. Unknown parameters are ignored in any case: egoscale up to 3.1.19 sent
   * `ipAddress` and got all instances (exoscale/cli PR 706). Default true.
   */
  readonly addressFilter?: boolean;
  /** What attaching again gives; floaty does it every minute, which suggests success. Default 'success'. */
  readonly attachTwice?: Twice;
  /** What detaching gives where nothing is attached. Default 'success'. */
  readonly detachTwice?: Twice;
  /** How errors are written (egoscale v3's errors.go). Default 'message'. */
  readonly errors?: 'message' | 'error' | 'problem' | 'text';
  /** Whether an empty list is in the answer at all. Default 'present'. */
  readonly emptyLists?: 'present' | 'absent';
  /** Whether the groups of an instance carry their names: the schema says so, the `exo` command compares ids only. */
  readonly groupNames?: boolean;
  /** Whether instances that are gone are still known, as destroyed. Default false. */
  readonly lingering?: boolean;
  /** Operations that the role of every key denies. */
  readonly forbidden?: readonly string[];
  /** Status of a bad signature, an unknown key or an expired request: not documented. Default 403. */
  readonly badSignature?: 401 | 403;
  /** Addresses with a health check. */
  readonly managed?: readonly IpAddress[];
  /** The instance pool of some machines, by their names, and the addresses it gives to all its members. */
  readonly pool?: { readonly machines: readonly string[]; readonly addresses: readonly IpAddress[] };
}

type Twice = 'success' | 'refused' | 'fails';
