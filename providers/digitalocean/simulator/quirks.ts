import type { InstanceId } from '../../../src/core/index.ts';

/** What DigitalOcean's documents leave open, and its users' rights and troubles. */
export interface Quirks {
  /** Instead of the text of every 422: no text is documented. */
  readonly refusalText?: string;
  /** What assigning to a droplet that does not exist gives. Default 404; FLIPOP has it so, without certainty. */
  readonly unknownDroplet?: 404 | 422;
  /** Whether actions cannot be asked for, as with addresses brought along (TF #1557). Default false. */
  readonly hiddenActions?: boolean;
  /** Whether the action of a direct move of an IPv6 address answers 500, as in 2024 (TF PR 1277). Default false. */
  readonly brokenMoves6?: boolean;
  /** The word for success; `done` in September 2021 (TF PR 713). Default `completed`. */
  readonly doneWord?: string;
  /** The word for an action that has not ended. Default `in-progress`; TF also expects `new`. */
  readonly runningWord?: string;
  /** Whether one reserved IPv6 answers without its wrapper, as at the launch (openapi#951). Default false. */
  readonly bare6?: boolean;
  /** Fields that the token may not see are null (default) or absent: not documented. */
  readonly unseen?: 'null' | 'absent';
  /** Longest page. Default 200; what asking for more gives is not documented, here the longest. */
  readonly pageMax?: number;
  /** Host of the `next` links. Default: the API's own. */
  readonly nextHost?: string;
  /** Whether VPC members are named by a UUID, as in the example of the API's description. Default false. */
  readonly uuidMembers?: boolean;
  /** Whether a droplet's reserved address is listed before its own. Default false: the order is not promised. */
  readonly reservedFirst?: boolean;
  /** Requests per token. Default 5000 in an hour, 250 in a minute. */
  readonly limits?: { readonly hour: number; readonly minute: number };
  /** Real servers may ignore what they do not know; refusing it shows our own typing errors. Default true. */
  readonly strict?: boolean;
  /** Droplets without an anchor address: from custom images, or older than October 2015. Default none. */
  readonly anchorless?: readonly InstanceId[];
  /** Of every token. Default (null): all. */
  readonly scopes?: readonly string[] | null;
  /** Events that run on droplets, such as a resize: `events.set(id, 'resize')`. May change at any time. */
  readonly events?: ReadonlyMap<InstanceId, string>;
}
