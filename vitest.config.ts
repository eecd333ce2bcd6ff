import { configDefaults, defineConfig } from 'vitest/config';
import LongFirst from './tests/long-first.js';
import { APP, CANARY, PACKAGING, PURE, SOAK, TESTS } from './tests/projects.js';

/** Redis, Redis Cluster and PostgreSQL, started once for all files of a project. */
const servers = { globalSetup: ['packages/test-servers/src/vitest-setup.ts'] };

/** What all projects share. A project does not inherit it: each spreads it. */
const shared = {
  pool: 'forks' as const,
  // Only so that what hangs ends: on a machine that is ten times slower, nothing else may come near them.
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // How long `expect.poll` waits for what real servers and processes do, on a machine that is busy with other tests.
  expect: { poll: { timeout: 60_000, interval: 20 } },
};
const exclude = [...configDefaults.exclude, '**/dist/**'];

/** Most tests with servers wait, for locks, outages and processes: four of them keep two cores busy, and two do not. */
const beside = { maxWorkers: 4, sequence: { groupOrder: 1 } };

// `paths` of tsconfig.base.json leads each package name to its sources, so no test needs a build.
const resolve = { tsconfigPaths: true };

export default defineConfig({
  test: {
    silent: 'passed-only',
    reporters: ['default', './scripts/summary-reporter.mjs'],
    sequence: { sequencer: LongFirst },
    projects: [
      // No server and no process of their own: `npm run quick`.
      {
        resolve,
        test: {
          ...shared,
          name: 'pure',
          pool: 'threads',
          include: PURE,
          exclude: [...exclude, ...SOAK],
          setupFiles: ['tests/pure-setup.ts'],
          maxWorkers: 2,
          isolate: false,
        },
      },
      {
        resolve,
        test: {
          ...shared,
          ...servers,
          ...beside,
          name: 'engines',
          include: TESTS,
          exclude: [...exclude, ...APP, ...PACKAGING, ...SOAK, ...CANARY, ...PURE],
          // The files of a worker share what they import, which is half of the time of most; each cleans up what it makes.
          isolate: false,
        },
      },
      // The short form of faults, kills and builds.
      { resolve, test: { ...shared, ...servers, ...beside, name: 'soak', include: SOAK, exclude } },
      // Needs dist: `npm run build` first.
      {
        test: { ...shared, name: 'packaging', include: PACKAGING, exclude, maxWorkers: 2, sequence: { groupOrder: 2 } },
      },
      // Needs dist too.
      { test: { ...shared, name: 'canary', include: CANARY, exclude } },
      // Needs dist too. One app and one browser for all files, so they run one after the other.
      {
        test: {
          ...shared,
          name: 'app',
          include: APP,
          exclude,
          globalSetup: ['examples/bizinsights-next/e2e/setup.ts'],
          // Each step waits for a server, a browser and a job.
          testTimeout: 300_000,
          maxWorkers: 1,
          isolate: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
