// `npm run proof`: the tests that `npm test` runs to a part, run whole, then days of simulated clusters from seeds
// that no test has. `-- --long`: more of both, for a night.
import { spawnSync } from 'node:child_process';

const long = process.argv.includes('--long');
const hours = long ? 720 : 240;

function run(...args) {
  const env = { ...process.env, HA_IP_PROOF: long ? 'long' : 'whole' };
  return spawnSync(process.execPath, args, { stdio: 'inherit', env }).status === 0;
}

const tests = run('node_modules/vitest/vitest.mjs', 'run', '--config', '.config/proof.config.ts');
const clusters = run('dist/src/sim/proof/run.js', '--hours', String(hours), '--from', '1000000');
process.exitCode = tests && clusters ? 0 : 1;
