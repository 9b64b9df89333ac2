import { defineConfig } from 'vitest/config';

// In CI the counts also go to a file, from which .ci/run takes its last line.
const inCi = process.env.CI === 'true';

/** The rings that need no socket and no process: they use every core, and share what was loaded once. */
const inMemory = ['test/{core,wire,config,engine,sim}/**/*.test.ts'];
const everything = ['test/**/*.test.ts'];

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: inCi ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.cache/ha-ip-tests.json' },
    projects: [
      {
        extends: true,
        test: { name: 'in memory', include: inMemory, isolate: false, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        // They keep real time: more of them than cores at once, and a machine that is late looks like a dead one.
        // What fails for that alone is tried again; the report says so.
        extends: true,
        test: {
          name: 'for real',
          include: everything,
          exclude: inMemory,
          maxWorkers: 2,
          retry: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
