import { configDefaults, defineConfig } from 'vitest/config';

const tests = ['packages/**/src/**/*.test.{ts,tsx}', 'examples/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'];
const soak = ['**/*.soak.test.ts'];
const packaging = ['tests/packaging.test.ts'];

/** Redis, Redis Cluster and PostgreSQL, started once for all files. */
const servers = { globalSetup: ['packages/test-servers/src/vitest-setup.ts'] };

/** What all projects share. A project does not inherit it: each spreads it. */
const shared = {
  pool: 'forks' as const,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // How long `expect.poll` waits for what real servers and processes do, on a machine that is busy with other tests.
  expect: { poll: { timeout: 15_000, interval: 20 } },
  exclude: [...configDefaults.exclude, '**/dist/**'],
};

// `paths` of tsconfig.base.json leads each package name to its sources, so no test needs a build.
const resolve = { tsconfigPaths: true };

export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      {
        resolve,
        test: {
          ...shared,
          ...servers,
          name: 'unit',
          include: tests,
          exclude: [...shared.exclude, ...soak, ...packaging],
          maxWorkers: 2,
          // The files of a worker share what they import, which is half of the time of most; each cleans up what it makes.
          isolate: false,
        },
      },
      // Long runs, which wait much, for processes that are killed and for builds. They come first, by their name, so that
      // the short files fill the other worker while the last of them runs.
      { resolve, test: { ...shared, ...servers, name: 'soak', include: soak, maxWorkers: 2 } },
      // Needs dist: `npm run build` first.
      { test: { ...shared, name: 'packaging', include: packaging, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
