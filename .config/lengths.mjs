/**
 * Lines of code are at most 120 characters long, comments and strings included; files are at most 250 lines long.
 * What is longer stands below with its length and why: it may shrink, and leaves the list then; nothing new comes in.
 * Usage: node .config/lengths.mjs [ROOT]; ends with 1 after a line for each fault.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const longestLine = 120;
const longestFile = 250;
const folders = ['bin', 'src', 'providers', 'test', '.ci', '.config'];
const code = /(\.(ts|js|mjs|cjs)|\/\.ci\/run)$/;

const cloud = 'one cloud: all its calls, each with every answer that may come';
const rules = 'the cases of one topic of the election, or the tables that they share';
const waits = 'to be divided by topic';

/** [file, its length, why]. */
const longer = [
  ['providers/digitalocean/provider.ts', 252, cloud],
  ['providers/vultr/provider.ts', 251, cloud],
  ['src/cli/demo/stage.ts', 255, waits],
  ['src/sim/cloud.ts', 341, waits],
  ['src/sim/cluster.ts', 397, waits],
  ['src/sim/planning/plan.ts', 326, waits],
  ['src/sim/proof/canonical.ts', 543, waits],
  ['src/sim/proof/invariants.ts', 334, waits],
  ['src/sim/proof/rounds.ts', 559, waits],
  ['src/sim/proof/rules.ts', 356, waits],
  ['src/sim/serve.ts', 268, waits],
  ['test/adapters/health.test.ts', 339, waits],
  ['test/adapters/http.test.ts', 349, waits],
  ['test/adapters/log.test.ts', 362, waits],
  ['test/adapters/udp.test.ts', 337, waits],
  ['test/cli/demo.test.ts', 306, waits],
  ['test/config/load.test.ts', 593, waits],
  ['test/core/handover.test.ts', 355, rules],
  ['test/core/holding.test.ts', 705, rules],
  ['test/core/lab.ts', 523, rules],
  ['test/core/members.test.ts', 382, rules],
  ['test/core/properties.test.ts', 606, rules],
  ['test/core/quorum.test.ts', 527, rules],
  ['test/core/refused.test.ts', 252, rules],
  ['test/core/start.test.ts', 556, rules],
  ['test/core/takeover.test.ts', 717, rules],
  ['test/engine/executor.test.ts', 311, waits],
  ['test/engine/node.test.ts', 436, waits],
  ['test/loopback/group.ts', 343, waits],
  ['test/outer/network.ts', 259, waits],
  ['test/providers/contract.ts', 297, cloud],
  ['test/providers/digitalocean.test.ts', 1077, cloud],
  ['test/providers/exoscale/cs.test.ts', 401, cloud],
  ['test/providers/exoscale/v2.test.ts', 692, cloud],
  ['test/providers/vultr.test.ts', 1057, cloud],
  ['test/sim/checkers.test.ts', 396, rules],
  ['test/sim/explore-checkers.test.ts', 255, rules],
  ['test/sim/handover.test.ts', 363, rules],
  ['test/sim/mutants.ts', 325, rules],
  ['test/sim/scenarios.test.ts', 815, rules],
  ['test/sim/traps.ts', 483, rules],
  ['test/wire/codec.test.ts', 475, waits],
];

const root = process.argv[2] ?? new URL('..', import.meta.url).pathname;
const listed = new Map(process.argv[2] ? [] : longer.map(([file, lines]) => [file, lines]));
const faults = [];
const long = [];

for (const path of filesOf(root)) {
  const file = relative(root, path);
  const lines = readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.length > longestLine)
      faults.push(`${file}:${i + 1}: ${line.length} characters, expected at most ${longestLine}`);
  }
  const most = listed.get(file) ?? longestFile;
  listed.delete(file);
  if (lines.length > longestFile) long.push(`${file} ${lines.length}`);
  if (lines.length > most) faults.push(`${file}: ${lines.length} lines, expected at most ${most}`);
  else if (most > longestFile && lines.length <= longestFile)
    faults.push(`${file}: ${lines.length} lines: take it off the list in .config/lengths.mjs`);
}
for (const file of listed.keys()) faults.push(`${file}: is gone: take it off the list in .config/lengths.mjs`);

function filesOf(top) {
  return folders.flatMap((folder) =>
    entriesOf(join(top, folder))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .filter((path) => code.test(path)),
  );
}

function entriesOf(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

if (long.length > 0) console.log(`${long.length} files longer than ${longestFile} lines: ${long.join(', ')}`);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
