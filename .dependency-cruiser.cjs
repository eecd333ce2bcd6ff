/**
 * Which file may import which, as the design says it. `npm run imports` checks the repository;
 * tests/imports.test.ts proves that each rule bites.
 *
 *   examples -> adapters, processors, store, sandbox -> platforms -> core
 */

/** The layers inside core: a layer may import those before it, never one after it. */
const CORE_LAYERS = [
  ['engine/'],
  ['coordination/'],
  ['http/'],
  ['queue/'],
  ['processor/'],
  ['define\\.ts'],
  ['scheduler/'],
  ['worker/'],
  ['monitoring/'],
  ['jobs-instance\\.ts'],
  ['jobs\\.ts'],
  ['cli/'],
];

/** What every layer may import, and what therefore imports no layer. */
const CORE_LEAVES = [
  ...['errors\\.ts', 'names\\.ts', 'events\\.ts', 'logger\\.ts', 'config\\.ts', 'on-demand\\.ts'],
  ...[
    'abortable\\.ts',
    'calendar\\.ts',
    'defined\\.ts',
    'hot-reload\\.ts',
    'known-options\\.ts',
    'secrets\\.ts',
    'timers\\.ts',
    'version\\.ts',
  ],
];

/** What a package may import besides itself and core. A package that is not here may import core alone. */
const PACKAGES = [
  { name: 'core', folder: 'core', mayImport: [] },
  { name: 'platforms', folder: 'platforms', mayImport: ['core/'] },
  { name: 'sandbox', folder: 'sandbox', mayImport: ['core/', 'platforms/'] },
  // Besides core and platforms, a processor knows another one by its contract alone: the rule below.
  { name: 'processors', folder: 'processors/[^/]+', mayImport: ['core/', 'platforms/', 'processors/'] },
  // The ports that the store implements are types, and the sandbox is for its tests: the rules below.
  { name: 'store', folder: 'store', mayImport: ['core/', 'platforms/', 'processors/', 'sandbox/'] },
  { name: 'adapters', folder: 'adapters-[^/]+', mayImport: ['core/src/monitoring/index\\.ts$'] },
];

/** The drivers: core's engines use them, and nobody else knows which engine runs. */
const DRIVERS = '(^|node_modules/)(bullmq|ioredis|pg|@electric-sql/pglite)(/|$)';

/** Not published: only tests, benchmarks and each other may need them. */
const TEST_PACKAGES = '^packages/(test-servers|monitoring-conformance|webhooks-conformance)/';

const TESTS = '\\.(test|bench)\\.tsx?$';
const any = (parts) => `(${parts.join('|')})`;

/** A layer may not import the later ones. */
const layerRules = CORE_LAYERS.slice(0, -1).map((layer, index) => ({
  name: `core-layer-${layer.map((part) => part.replace(/\W|ts$/g, '')).join('-')}`,
  comment:
    'Inside core: engine <- coordination <- http, queue <- processor <- define.ts <- scheduler <- worker <- monitoring <- jobs.ts <- cli.',
  severity: 'error',
  from: { path: `^packages/core/src/${any(layer)}`, pathNot: TESTS },
  to: { path: `^packages/core/src/${any([...CORE_LAYERS.slice(index + 1).flat(), 'index\\.ts'])}` },
}));

const packageRules = PACKAGES.map(({ name, folder, mayImport }) => ({
  name: `package-${name}`,
  comment: 'Packages import one way: examples -> adapters, processors, store, sandbox -> platforms -> core.',
  severity: 'error',
  from: { path: `^(packages/${folder})/` },
  to: {
    path: '^(packages|examples|benchmarks|tests)/',
    // The packages for tests have their own rule. The tests of a package may drive it with a whole `jobs`: core's rule below.
    pathNot: ['^$1/', TEST_PACKAGES, '^packages/core/', ...mayImport.map((part) => `^packages/${part}`)],
  },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that import each other are one subject in two files, or a piece that wants a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved-path',
      comment: 'A relative import or a package of the house that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, path: '^(\\.|@bizinsights/)' },
    },
    ...packageRules,
    {
      name: 'packages-meet-by-name',
      comment: 'Another package is imported by its name, so only what it exports can be reached.',
      severity: 'error',
      from: { path: '^(packages/(?:processors/)?[^/]+|examples/[^/]+|benchmarks)/' },
      to: { path: '^(packages|examples|benchmarks)/', pathNot: '^$1/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'adapter-imports-monitoring-alone',
      comment: 'An adapter converts requests; of core it needs ./monitoring. Its tests may build a whole `jobs`.',
      severity: 'error',
      from: { path: '^packages/adapters-[^/]+/', pathNot: TESTS },
      to: { path: '^packages/core/', pathNot: '^packages/core/src/monitoring/index\\.ts$' },
    },
    {
      name: 'processor-contract-only',
      comment: 'A processor may import the ./queue contract of another, never its processor.',
      severity: 'error',
      from: { path: '^(packages/processors/[^/]+)/' },
      to: { path: '^packages/processors/', pathNot: ['^$1/', '^packages/processors/[^/]+/src/queue\\.ts$'] },
    },
    {
      name: 'queue-imports-zod-and-core',
      comment:
        'A web process imports the contract, queue.ts and its parts in contract/: it must pull in neither the work nor an engine.',
      severity: 'error',
      from: { path: '^(packages/processors/[^/]+/src)/(queue\\.ts$|contract/)', pathNot: TESTS },
      to: { pathNot: ['^$1/contract/', '^packages/core/src/define\\.ts$', '(^|node_modules/)zod(/|$)'] },
    },
    {
      name: 'store-implements-ports-by-types',
      comment: 'The store knows the ports of the processors and no more: type-only imports.',
      severity: 'error',
      from: { path: '^packages/store/', pathNot: TESTS },
      to: { path: '^packages/processors/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'test-servers-in-tests-only',
      comment: 'What is not published: only tests and benchmarks may need it.',
      severity: 'error',
      from: { path: '^(packages|examples)/', pathNot: [TEST_PACKAGES, TESTS, '^examples/[^/]+/e2e/'] },
      to: { path: TEST_PACKAGES },
    },
    {
      name: 'sandbox-in-tests-only',
      comment: 'The sandbox stands in for platforms: a package must not carry it into production.',
      severity: 'error',
      from: { path: '^packages/', pathNot: [TESTS, TEST_PACKAGES, '^packages/sandbox/'] },
      to: { path: '^packages/sandbox/' },
    },
    {
      name: 'core-testing-in-tests-only',
      comment: 'Core must not carry its testing tools into production.',
      severity: 'error',
      from: {
        path: '^packages/[^/]+/',
        pathNot: [TESTS, '^packages/(?:processors/)?[^/]+/src/testing/', '^packages/test-servers/'],
      },
      to: { path: '^packages/core/src/testing/' },
    },
    ...layerRules,
    {
      name: 'core-http-for-apis',
      comment: 'http <- monitoring: what queues, processors and workers do has nothing to do with requests.',
      severity: 'error',
      from: { path: '^packages/core/src/(queue/|processor/|define\\.ts|scheduler/|worker/)', pathNot: TESTS },
      to: { path: '^packages/core/src/http/' },
    },
    {
      name: 'core-leaves',
      comment: 'What every layer may import imports no layer.',
      severity: 'error',
      from: { path: `^packages/core/src/${any(CORE_LEAVES)}`, pathNot: TESTS },
      to: { path: `^packages/core/src/${any([...CORE_LAYERS.flat(), 'index\\.ts'])}` },
    },
    {
      name: 'drivers-in-engine-only',
      comment: 'BullMQ, ioredis, pg and PGlite run in core/src/engine/; elsewhere they may be named as types.',
      severity: 'error',
      from: {
        path: '^packages/',
        pathNot: [
          TESTS,
          '^packages/core/src/(engine/|testing/|on-demand\\.ts$)',
          '^packages/store/',
          '^packages/test-servers/',
        ],
      },
      to: { path: DRIVERS, dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    exclude: { path: '(^|/)(dist|\\.next|fixtures)/' },
    doNotFollow: { path: 'node_modules' },
    // Tells type-only imports from the others, and sees both.
    tsPreCompilationDeps: 'specify',
    // `paths` of tsconfig.base.json leads each package name to its sources.
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
