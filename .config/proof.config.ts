import { defineConfig } from 'vitest/config';

/** `npm run proof`: the tests of which `npm test` runs a part (test/sim/extent.ts), whole. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/sim/{seeds,patterns,explore,quorum,plan}*.test.ts'],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 3_600_000,
    reporters: process.env.CI === 'true' ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.cache/ha-ip-proof.json' },
  },
});
