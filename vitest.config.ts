import { configDefaults, defineConfig } from 'vitest/config';

const tests = ['packages/**/src/**/*.test.{ts,tsx}', 'examples/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'];
const soak = ['**/*.soak.test.ts'];
const packaging = ['tests/{packaging,loaded-modules}.test.ts'];

/** Redis, Redis Cluster and PostgreSQL, started once for all files. */
const servers = { globalSetup: ['packages/test-servers/src/vitest-setup.ts'] };

/** What all projects share. A project does not inherit it: each spreads it. */
const shared = {
  pool: 'forks' as const,
  // Only so that what hangs ends: on a machine that is ten times slower, nothing else may come near them.
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // How long `expect.poll` waits for what real servers and processes do, on a machine that is busy with other tests.
  expect: { poll: { timeout: 60_000, interval: 20 } },
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
