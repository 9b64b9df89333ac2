/**
 * Which way imports may point. Each rule names the folder it protects; src/README.md draws the picture.
 * test/architecture.test.ts plants one violation of every rule and expects it to be caught.
 */

/**
 * Only `allowed` (paths from the root) may be imported from within `from`; packages and Node modules have their own
 * rules.
 */
const only = (name, from, allowed, comment, extra = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, ...extra },
  to: { path: '^(bin|src|providers|test)/', pathNot: allowed },
});

/** Node modules that may be imported from within `from`: those in `allowed`, or none. */
const nodeModules = (name, from, allowed, comment, extra = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, ...extra },
  to: { dependencyTypes: ['core'], ...(allowed === undefined ? {} : { pathNot: allowed }) },
});

/** A package with one place. */
const packageOnly = (name, place) => ({
  name: `${name.replace('.', '-')}-has-one-place`,
  comment: `${name} is an implementation detail of ${place}`,
  severity: 'error',
  from: { path: '^(bin|src|providers)/', pathNot: place },
  to: { path: `(^|/)node_modules/${name.replace('.', '\\.')}/` },
});

const packages = {
  got: '^src/adapters/http\\.ts$',
  'smol-toml': '^src/config/load\\.ts$',
  valibot: '^providers/',
  'dgram-as-promised': '^src/adapters/udp\\.ts$',
  chalk: '^src/cli/output/terminal\\.ts$',
  commander: '^src/cli/',
  'ipaddr.js': '^src/wire/address\\.ts$',
};

const contracts = ['^src/core/', '^src/ports/', '^src/wire/(address|resource)\\.ts$'];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'two files that need each other are one file, or miss a third',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'a file that nobody imports is dead, unless it is an entry point',
      severity: 'error',
      from: { orphan: true, path: '^(src|providers)/' },
      to: {},
    },
    {
      name: 'nothing-unresolvable',
      comment: 'an import that leads nowhere; dist/ comes from the build',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '(^|/)dist/src/' },
    },
    {
      name: 'core-by-its-door',
      comment: 'others enter the core by core/index.ts',
      severity: 'error',
      from: { path: '^(bin|src|providers)/', pathNot: '^src/core/' },
      to: { path: '^src/core/', pathNot: '^src/core/index\\.ts$' },
    },
    only('core-imports-nothing', '^src/core/', ['^src/core/'], 'the rules of the election know nothing but themselves'),
    only('wire-imports-core', '^src/wire/', ['^src/wire/', '^src/core/'], 'bytes and values, nothing else'),
    only('ports-import-core', '^src/ports/', ['^src/ports/', '^src/core/'], 'contracts speak the words of the core'),
    only(
      'engine-imports-contracts',
      '^src/engine/',
      ['^src/(engine|core|wire|ports)/'],
      'the engine reaches the world through ports',
    ),
    only(
      'adapters-import-contracts',
      '^src/adapters/',
      [...contracts, '^src/(adapters|wire)/', '^src/engine/journal\\.ts$'],
      'an adapter serves one port and knows nobody who uses it',
    ),
    only(
      'config-imports-contracts',
      '^src/config/',
      [...contracts, '^src/config/'],
      'settings are read before anything exists',
    ),
    only(
      'watchdog-imports-what-it-runs',
      '^src/watchdog/',
      ['^src/(watchdog|core|wire|ports|engine|adapters|config)/', '^providers/index\\.ts$'],
      'the running process knows no command line',
    ),
    only(
      'sim-imports-what-it-simulates',
      '^src/sim/',
      ['^src/(sim|core|wire|ports|engine)/'],
      'the simulator runs the real core and engine, and no adapter',
    ),
    only(
      'provider-imports-contracts',
      '^providers/([^/]+)/',
      [
        ...contracts,
        '^providers/$1/(?!simulator|[^/]+/simulator)',
        '^providers/kit/(?!simulator)',
        '^src/adapters/http\\.ts$',
      ],
      'a cloud knows the contract, the HTTP client, the kit and itself',
      { pathNot: ['^providers/[^/]+/simulator', '^providers/[^/]+/[^/]+/simulator', '^providers/kit/'] },
    ),
    only(
      'kit-imports-contracts',
      '^providers/kit/',
      [...contracts, '^providers/kit/(?!simulator)', '^src/adapters/http\\.ts$'],
      'what clouds share knows none of them',
      { pathNot: '^providers/kit/simulator' },
    ),
    {
      name: 'declarations-are-light',
      comment: 'what a cloud says of itself is read at every start of the program',
      severity: 'error',
      from: { path: '^providers/[^/]+/declaration\\.ts$' },
      to: { pathNot: '^src/(core|ports)/' },
    },
    only(
      'simulator-imports-sim',
      '^providers/(?!kit/)([^/]+)/(?:simulator|[^/]+/simulator)',
      [...contracts, '^src/sim/', '^providers/$1/', '^providers/kit/simulator-'],
      'a simulated cloud is a model and its routes',
    ),
    only(
      'simulator-kit-imports-sim',
      '^providers/kit/simulator-',
      [...contracts, '^src/sim/', '^providers/kit/simulator-'],
      'what all simulated clouds do knows none of them',
    ),
    only(
      'index-imports-providers',
      '^providers/index\\.ts$',
      ['^src/(core|ports)/', '^providers/[^/]+/(declaration|provider)\\.ts$'],
      'what is shipped for clouds holds no simulator',
    ),
    only(
      'simulators-imports-simulators',
      '^providers/simulators\\.ts$',
      [...contracts, '^src/sim/', '^providers/[^/]+/simulator\\.ts$', '^providers/kit/simulator-'],
      'the list of simulated clouds',
    ),
    {
      name: 'simulators-are-for-show',
      comment: 'a watchdog never runs simulated parts; demo, cloud, plan and simulate do nothing else',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sim/|cli/(demo/|planning/|commands/cloud\\.ts$))' },
      to: { path: '^(src/sim/|providers/simulators\\.ts$|providers/[^/]+/simulator|providers/[^/]+/[^/]+/simulator)' },
    },
    {
      name: 'cli-is-the-top',
      comment: 'only bin/ imports the command line',
      severity: 'error',
      from: { path: '^(src|providers)/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'no-tests-in-the-program',
      comment: 'the program must not lean on its tests',
      severity: 'error',
      from: { path: '^(bin|src|providers)/' },
      to: { path: '^test/' },
    },
    nodeModules('core-without-node', '^src/(core|ports)/', undefined, 'the core runs anywhere, in virtual time too'),
    nodeModules('engine-without-node', '^src/engine/', undefined, 'sockets, clocks and files are behind ports'),
    nodeModules('wire-without-node', '^src/wire/', undefined, 'only digests need Node', {
      pathNot: '^src/wire/(digest|seal)\\.ts$',
    }),
    nodeModules(
      'digest-hashes-only',
      '^src/wire/(digest|seal)\\.ts$',
      '^(node:)?crypto$',
      'digests need node:crypto alone',
    ),
    nodeModules('sim-without-node', '^src/sim/', undefined, 'virtual time has no sockets', {
      pathNot: '^src/sim/(serve\\.ts$|proof/run/)',
    }),
    nodeModules(
      'sim-runs-in-threads',
      '^src/sim/proof/run/',
      '^(node:)?(os|util|worker_threads)$',
      'trials run side by side; what one does, no module of Node decides',
    ),
    nodeModules(
      'serve-serves-http',
      '^src/sim/serve\\.ts$',
      '^(node:)?(http|net|timers/promises)$',
      'simulated clouds answer over node:http, in real time',
    ),
    ...Object.entries(packages).map(([name, place]) => packageOnly(name, place)),
    {
      name: 'known-packages-only',
      comment: 'a dependency must earn its place, and has it in this file',
      severity: 'error',
      from: { path: '^(bin|src|providers)/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: [...Object.keys(packages), '@types/node'].map(
          (name) => `(^|/)node_modules/${name.replace('.', '\\.')}/`,
        ),
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Our own build only: got, valibot and others live in a dist/ of their package.
    exclude: { path: '^dist/' },
    // Imports of types count: who needs the type of a thing depends on the thing.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
