import { expect, test, vi } from 'vitest';
import { run } from '../../src/cli/main.ts';

/** What the two commands say when the election itself is wrong, which no configuration brings about. */

vi.mock('../../src/sim/planning/simulation.ts', async (original) => {
  const real = await original<typeof import('../../src/sim/planning/simulation.ts')>();
  const violation = { at: 1_500, rule: 'S2', host: 'lb2', what: 'a write in hold-off' };
  return {
    ...real,
    simulate: (...given: Parameters<typeof real.simulate>) => ({
      ...real.simulate(...given),
      violations: [violation, violation],
    }),
  };
});

vi.mock('../../src/sim/planning/planning.ts', async (original) => {
  const real = await original<typeof import('../../src/sim/planning/planning.ts')>();
  return {
    ...real,
    plan: (...given: Parameters<typeof real.plan>) => {
      const drawn = real.plan(...given);
      return {
        ...drawn,
        events: drawn.events.map((row) => (row.event === 'silent' ? { ...row, outside: 1 } : row)),
      };
    },
  };
});

async function stderrOf(line: string) {
  let stderr = '';
  const said = (text: string) => {
    stderr += text;
  };
  const around = { env: { HA_IP_CONFIG: '/dev/null' }, argv: line.split(' '), colour: false, isTTY: false };
  const code = await run({ ...around, stdout: () => {}, stderr: said });
  return { code, stderr };
}

test('simulate: a violated rule is exit 1, with what is needed to see it again', async () => {
  expect(await stderrOf('simulate --for 5s --seed 9')).toEqual({
    code: 1,
    stderr:
      'ha-ip: 2 times a rule was violated, first S2 by lb2 at 1.5 s: a write in hold-off\n' +
      'ha-ip: this is a defect of ha-ip: report it with these settings and faults, and --seed 9\n',
  });
});

test('plan: a run outside its bounds is exit 1; with loss the bounds do not hold', {
  timeout: 60_000,
}, async () => {
  expect(await stderrOf('plan --runs 1 --nodes 2')).toEqual({
    code: 1,
    stderr:
      'ha-ip: measured outside the bounds of the formula: silent\n' +
      'ha-ip: this is a defect of ha-ip: report it with these settings\n',
  });
  expect((await stderrOf('plan --runs 1 --nodes 2 --loss 1 --interval 200ms')).code).toBe(0);
});
