import { atReload, optionsOf } from '../config/at-reload.ts';
import type { Config } from '../config/config.ts';
import type { Loaded } from '../config/load.ts';
import { Secret } from '../config/secret.ts';

const fields = Object.keys(atReload) as readonly (keyof Config)[];

/**
 * SIGHUP: gives `follow` the settings that are now in force and returns what came of it in one sentence, which names
 * the options whose change waits for a restart. Settings that are not valid change nothing. `running` is what the
 * process was started with, at every reload.
 */
export function reload(running: Config, loaded: Loaded, follow: (inForce: Config) => void): string {
  if (!loaded.ok)
    return `the settings stay as they are, the new ones are not valid: ${loaded.mistakes.join('; ')}`;
  follow(inForce(running, loaded.config));
  const waiting = fields
    .filter((field) => atReload[field] === 'restart')
    .flatMap((field) => changed(field, running, loaded.config))
    .map((option) => `--${option}`);
  return waiting.length === 0
    ? 'settings reloaded'
    : `settings reloaded, but for a change of ${waiting.join(', ')} restart`;
}

/** The options, by name, of what differs. */
function changed(field: keyof Config, running: Config, next: Config): readonly string[] {
  if (field !== 'credentials') return isSame(running[field], next[field]) ? [] : [optionsOf[field][0]];
  const names = new Set([...Object.keys(running.credentials), ...Object.keys(next.credentials)]);
  return [...names].filter((name) => !isSame(running.credentials[name], next.credentials[name]));
}

function inForce(running: Config, next: Config): Config {
  const values = fields.map((field) => [field, (atReload[field] === 'live' ? next : running)[field]]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Config;
}

/** Two secrets print alike. */
function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Secret && other instanceof Secret) return one.reveal() === other.reveal();
  return JSON.stringify(one) === JSON.stringify(other);
}
