// `npm run nodes -- [FILES…]`: tests on each Node that is supported, whose binaries the npm package `node` brings. Each has
// time zone data of its own. Default: the tests of the calendar and of what is made by it.
import { root } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

const MAJORS = [20, 22, 24];

/** Parts of paths, as vitest takes them. */
const ZONE_TESTS = [
  'packages/core/src/calendar.',
  'packages/core/src/engine/recurrence.',
  'packages/store/src/metrics/derive-days.test.ts',
];

const given = process.argv.slice(2);
const files = given.length > 0 ? given : ZONE_TESTS;

process.exitCode = await runSteps(
  MAJORS.map((node) => ({
    title: `on Node ${node}`,
    action: () => runVitest(root, files, { node }),
  })),
);
