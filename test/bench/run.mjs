// Runs the TypeScript of the benchmarks with the loader that vitest brings along: `npm run bench -- --help`.
const { runnerImport } = await import('vite');
const { module } = await runnerImport(new URL('main.ts', import.meta.url).pathname);
process.exit(
  await module.main(
    process.argv.slice(2),
    (file) => import(new URL(`../../dist/${file}`, import.meta.url).href),
  ),
);
