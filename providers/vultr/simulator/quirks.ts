/** What Vultr's documents leave open, and its users' troubles. */
export interface Quirks {
  /** What attaching an address that another machine has gives; 'moves' needs a world of that mode. Default 400. */
  readonly heldStatus?: 400 | 409 | 500;
  /** What attaching an address to its holder gives. Default 'success'. */
  readonly attachTwice?: 'success' | 400;
  /** What detaching a free address gives. Default 'success'. */
  readonly detachFree?: 'success' | 400;
  /** Names of instances that are locked: they refuse with 500 (ansible-collection-vultr issues 113, 131). */
  readonly locked?: readonly string[];
  /** In which words: the second is the title of terraform-provider-vultr issue 482. */
  readonly lockedText?: 'Server is currently locked' | 'Instance is locked' | 'Try later';
  /** The status of that refusal. Default 500. */
  readonly lockedStatus?: 400 | 500;
  /** Names of instances that Vultr does not detach from: 400, "please restart your server" (terraform issue 348). */
  readonly stuck?: readonly string[];
  /** Status of an id of a reserved IP that names nothing. Default 404. */
  readonly unknownIp?: 400 | 404;
  /** Status of an id of an instance that names nothing. Default 404. */
  readonly unknownInstance?: 400 | 404;
  /** Ids of bare-metal machines, which may hold addresses and are no instances. */
  readonly bareMetal?: readonly string[];
  /** The longest page. Default 500, by the specification. */
  readonly pageSizeMax?: number;
  /** Whether lists carry `meta.total`. Default true. */
  readonly total?: boolean;
  /** Whether `tag` and `firewall_group_id` filter the list of instances. Default true. */
  readonly filters?: boolean;
  /** Requests per second and source address. Default 30; `status` 503 without Retry-After is what version 1 did. */
  readonly rateLimit?: {
    readonly perSecond: number;
    readonly status?: 429 | 503;
    readonly retryAfterS?: number;
  };
  /** Addresses from which keys may be used, as `address/prefix`. Default: all. */
  readonly allowed?: readonly string[];
  /** Rights of the keys. Default: all that there are. */
  readonly acls?: readonly string[];
  /** Whether `additional` of metadata names reserved IPs that are attached. Default true. */
  readonly metadataNames?: boolean;
  /** Whether the API's list of an instance's addresses does. Default true. */
  readonly listNames?: boolean;
  /** Which id of an attachment to a VPC is the instance's. Default 'id'. */
  readonly attachmentId?: 'id' | 'linked' | 'neither';
  /** Whether instances have the specification's `v6_networks`, not the samples' flat fields. Default false. */
  readonly v6Networks?: boolean;
}
