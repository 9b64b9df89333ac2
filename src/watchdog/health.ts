import { createHealth, type Health } from '../adapters/health.ts';
import type { Config } from '../config/config.ts';
import type { Event } from '../core/index.ts';
import type { CheckSettings, CheckStatus } from '../ports/check.ts';

/** The health checks of a running watchdog: one set for all its addresses, since they are of this machine. */
export interface HealthWatch {
  /** Other settings begin anew: until they have told, what was told before stands. The same ones change nothing. */
  follow(settings: CheckSettings): void;
  checks(): CheckStatus[];
  stop(): void;
}

export function watchHealth(
  config: Pick<Config, 'addresses' | 'health'>,
  say: (severity: 'notice' | 'warning', sentence: string) => void,
  emit: (event: Event) => void,
): HealthWatch {
  let settings = config.health;
  let current = begin();

  function begin(): Health {
    const health = createHealth({ settings, addresses: config.addresses, say });
    health.start(emit);
    return health;
  }

  return {
    follow(next) {
      if (JSON.stringify(next) === JSON.stringify(settings)) return;
      current.stop();
      settings = next;
      current = begin();
    },
    checks: () => current.checks(),
    stop: () => current.stop(),
  };
}
