import type { Traits } from './cloud/calls.ts';
import type { Policy } from './policy.ts';
import type { Milliseconds } from './types.ts';

/**
 * What a policy says where nobody said anything: the one home of these values, from which options, simulator,
 * explorer and tests take them. Each knob with what less and what more of it costs.
 */
export const defaults = {
  /** The lowest wins: give the preferred machines less. Equal ones go to the lower node id, which nobody chose. */
  priority: 10,

  /**
   * Time between heartbeats; times `deadRatio` it is the silence that means death. Less notices a death sooner, sends
   * more, and takes a busy host's pause for a death more often. More is quieter, and slower to take over.
   */
  intervalMs: 1_000,

  /** Less takes over sooner; at 2 one lost heartbeat and some jitter look like death. More forgives more losses. */
  deadRatio: 3,

  /** On keeps the address where it is wanted, for one more move whenever that machine comes back. Off moves least. */
  preempt: true,

  /**
   * How long a better machine must have been the best before it preempts. Less brings the address home sooner; more
   * keeps it away from a machine that comes and goes.
   */
  preemptDelayMs: 10_000,

  /**
   * `handover` costs the time of a verified move and no silence. `release` then gives the address up, also where
   * nobody has taken it. `keep` is quick: right for a restart of the process, an outage if it does not come back.
   */
  onStop: 'handover',

  /** Less ends a stop sooner, perhaps before a slow cloud has answered. More delays a stop that nobody can relieve. */
  handoverTimeoutMs: 10_000,

  /** With `keep`. Less takes the address from a process that starts slowly; more is silence if it never comes back. */
  restartBoundMs: 10_000,

  /**
   * A holder whose port is closed while its machine answers has crashed, and the others need not wait for the dead
   * interval, but for this. Less takes over sooner. Longer than a service manager needs to restart the process, it
   * spares the move.
   */
  crashGraceMs: 0,

  /** `wait` leaves a stranger the address until a person acts. `steal` needs nobody, and fights who put it there. */
  foreign: 'wait',

  /**
   * Patience with a configured holder that runs but was never heard. Less takes over sooner from a machine that
   * lacks ha-ip; more spares one whose heartbeats only find no way to us, behind a firewall or before DNS knows it.
   */
  neverHeardTakeoverAfterMs: 60_000,

  /** Off for a machine that should take part in the group and never take the address. */
  candidate: true,
} as const satisfies Partial<Policy>;

/** Patience of a machine that hears no other, where it may take over at all. Less ends an outage of all the others. */
export const isolatedPatienceMs: Milliseconds = 60_000;

/**
 * The default of `isolatedTakeoverAfterMs`. Who hears nobody is probably the one that is cut off. Where one machine may
 * hold, a wrong takeover moves the address and the next one mends it; where several may, there would be two holders,
 * so it never happens by itself (null).
 */
export function isolatedTakeoverAfterMs({ associate }: Pick<Traits, 'associate'>): Milliseconds | null {
  return associate === 'adds' ? null : isolatedPatienceMs;
}
