import { steps } from '../kit/settle.ts';

/**
 * When to ask again for an action. A takeover waits for it, so what is done within a second is known at most 100 ms
 * late. CloudStack's throttle, where an operator turns it on, allows 25 requests a second (`api.throttling.max`); of
 * Exoscale none is known. Given up after a minute, as by egoscale, Exoscale's own client.
 */
export const pollAfterMs = steps([1_000, 100], [5_000, 250], [60_001, 1_000]);
