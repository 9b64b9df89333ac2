import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../src/cli/options.ts';
import { loadConfig } from '../../src/config/load.ts';
import { defaults, type Traits } from '../../src/core/index.ts';
import { newEpoch, policyFor } from '../../src/watchdog/policy.ts';
import { addressResource } from '../../src/wire/resource.ts';

const identity = { instance: 'vm', node: '5'.repeat(32), zone: 'z', addresses: [] };
const cloud = (associate: Traits['associate']) => ({ traits: { associate, fences: true, settleMs: 0 } });

function policy(
  flags: Readonly<Record<string, readonly string[]>>,
  associate: Traits['associate'] = 'moves',
) {
  const readFile = () => {
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  const loaded = loadConfig({ options: OPTIONS, flags, env: {}, uid: 1000, readFile });
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'));
  return policyFor(loaded.config, addressResource('198.51.100.50'), identity, cloud(associate), newEpoch());
}

describe('the policy of an address', () => {
  it('is the default one where nobody said anything', () => {
    expect(policy({})).toMatchObject(defaults);
  });

  it.each<[text: string | null, associate: Traits['associate'], ms: number | null]>([
    [null, 'moves', 60_000],
    [null, 'refusedWhileHeld', 60_000],
    [null, 'adds', null],
    ['5min', 'moves', 300_000],
    ['5min', 'adds', 300_000],
    ['0', 'moves', 0],
    ['never', 'moves', null],
    ['never', 'refusedWhileHeld', null],
    ['never', 'adds', null],
  ])('--isolated-takeover-after %s where the cloud %s: %s ms', (text, associate, ms) => {
    const flags = text === null ? [] : [['isolated-takeover-after', [text]] as const];
    expect(policy(Object.fromEntries(flags), associate).isolatedTakeoverAfterMs).toBe(ms);
  });
});
