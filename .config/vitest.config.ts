import { defineConfig } from 'vitest/config';

// In CI the counts also go to a file, from which .ci/run takes its last line.
const inCi = process.env.CI === 'true';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: inCi ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.cache/ha-ip-tests.json' },
  },
});
