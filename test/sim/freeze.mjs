// Runs the TypeScript of freeze.ts with the loader that vitest brings along: `npm run freeze -- --help`.
const { runnerImport } = await import('vite');
const { module } = await runnerImport(new URL('freeze.ts', import.meta.url).pathname);
process.exit(await module.main(process.argv.slice(2), (url) => import(url)));
