import type { Advertisement, FullAdvertisement } from './advertisement.ts';
import type { Call, Outcome } from './cloud/calls.ts';
import type { Policy } from './policy.ts';
import type { Report } from './reports.ts';
import type { IpAddress, Member, Milliseconds } from './types.ts';

export type Command =
  /** SIGTERM, `ha-ip stop`: leave by `onStop`. */
  | { readonly kind: 'drain' }
  /** A second signal: leave now, whatever is under way. */
  | { readonly kind: 'leave' }
  /**
   * Hand over to the best peer, or to that one, and take no part for so long (null: until `rejoin`). A holder that
   * nobody relieves within the hand-over's time-out stays, and takes part again.
   */
  | { readonly kind: 'handover'; readonly to: IpAddress | null; readonly forMs: Milliseconds | null }
  /** The end of a hand-over's absence. */
  | { readonly kind: 'rejoin' }
  | { readonly kind: 'priority'; readonly shift: 1 | -1 };

export type Event =
  | { readonly kind: 'tick' }
  | { readonly kind: 'heard'; readonly from: IpAddress; readonly advertisement: Advertisement }
  /** A probe to this peer was answered by ECONNREFUSED: nothing listens there. */
  | { readonly kind: 'refused'; readonly peer: IpAddress }
  | { readonly kind: 'settled'; readonly ticket: number; readonly outcome: Outcome }
  /** The peers of `-p`, as their names resolve now. */
  | { readonly kind: 'members'; readonly members: readonly Member[] }
  | { readonly kind: 'health'; readonly ok: boolean }
  /** An arbiter outside gives or renews this node's lease: until then, on the monotonic clock (`Policy.arbiter`). */
  | { readonly kind: 'lease'; readonly until: Milliseconds }
  /** The settings changed: this step and all later ones are given the new policy. */
  | { readonly kind: 'policy'; readonly previous: Policy }
  | { readonly kind: 'command'; readonly command: Command };

export type Effect =
  | {
      readonly kind: 'send';
      readonly to: IpAddress;
      readonly advertisement: FullAdvertisement;
      /** `probe`: through the connected socket, whose refusals come back as `refused` (R29). */
      readonly via: 'socket' | 'probe';
    }
  | { readonly kind: 'call'; readonly ticket: number; readonly call: Call }
  /** The call is of no more use: stop it if it can be stopped. Its settlement changes nothing. */
  | { readonly kind: 'abort'; readonly ticket: number }
  | { readonly kind: 'report'; readonly report: Report }
  /** A datagram was dropped; the journal counts. */
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly from: IpAddress }
  | { readonly kind: 'stop'; readonly code: 0 | 1 };

/**
 * stranger: from no member's address · early: before the members were known · reflected: our own datagram came back ·
 * impostor: our id in another life · replayed: not newer than the last accepted one · delayed: older than a dead
 * interval when it came · downgraded: in the form of exoip, from a peer that lives by ours
 */
export type DropReason =
  | 'stranger'
  | 'early'
  | 'reflected'
  | 'impostor'
  | 'replayed'
  | 'delayed'
  | 'downgraded';
