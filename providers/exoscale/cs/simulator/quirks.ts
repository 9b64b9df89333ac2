/** What the documents of Exoscale and CloudStack leave open. */
export interface CsQuirks {
  /** Whether the Exoscale extension `ipaddress` filters machines; CloudStack never does. Default true. */
  readonly ipaddressFilter?: boolean;
  /** What attaching an address again to the same NIC gives. Default 'success'. */
  readonly attachTwice?: 'success' | 431 | 537;
  /** Error of attaching an address that another NIC has, where only one may. Default 431. */
  readonly heldError?: 431 | 533 | 535 | 537;
  /** Whether lists carry `count`. Default true. */
  readonly count?: boolean;
  /** The longest page. Default 500, CloudStack's own default. */
  readonly pageSizeMax?: number;
  /** What asking for more gives. Default 'refused', as CloudStack does. */
  readonly pageSizeOver?: 'capped' | 'refused';
  /** How success is written: egoscale handles both. Default true. */
  readonly successText?: boolean;
  /** Whether an unknown id is error 431 or an empty list. Default 'error'. */
  readonly unknownId?: 'error' | 'empty';
  /** Whether machines that are gone are still listed, as Destroyed. Default false. */
  readonly lingering?: boolean;
  /** Real servers ignore parameters that they do not know; refusing them shows our own typing errors. Default true. */
  readonly strict?: boolean;
}
