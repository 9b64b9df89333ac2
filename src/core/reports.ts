import type { Condition } from './conditions/condition.ts';
import type { Milliseconds } from './types.ts';

/** Why a takeover began. `handover`: the holder asked this very node. */
export type ClaimReason = 'dead' | 'resign' | 'preempt' | 'handover';

/** The words people read (RFC 9568 where it has one). */
export type RoleName =
  | 'hold-off'
  | 'backup'
  | 'taking over'
  | 'active'
  | 'handing over'
  | 'witness'
  | 'stopped';

/** What happened, for people and machines; `narrate` makes the sentence. */
export type Report =
  | {
      readonly kind: 'role';
      readonly from: RoleName;
      readonly to: RoleName;
      readonly why: string;
    }
  | {
      readonly kind: 'takeover';
      readonly why: ClaimReason;
      /** Who held the address before, or null for nobody. */
      readonly from: string | null;
      /** How the previous holder fell away: how long it had been silent, or refused our probes; null if it lives. */
      readonly silentMs: Milliseconds | null;
      readonly refusedMs: Milliseconds | null;
      readonly readMs: Milliseconds;
      /** null: the address was ours already. */
      readonly associateMs: Milliseconds | null;
      readonly acceptedMs: Milliseconds | null;
      readonly verifiedMs: Milliseconds;
      readonly totalMs: Milliseconds;
    }
  | {
      readonly kind: 'peer';
      readonly peer: string;
      readonly change:
        | 'heard'
        | 'silent'
        | 'refused'
        | 'left'
        | 'back'
        | 'leaving'
        | 'restarting'
        | 'added'
        | 'removed';
      readonly detail?: string;
    }
  | { readonly kind: 'write'; readonly what: string; readonly message: string }
  /** Something that an operator should mend began or is over. */
  | ({ readonly kind: 'condition'; readonly change: 'began' | 'ended' } & Condition)
  | { readonly kind: 'notice'; readonly message: string };
