// `npm run nodes -- [FILE…]`: runs tests on Node 20, 22, 24 and 26, which the npm package `node` downloads. Each has its own time
// zone data. Default: the tests of the calendar and of what depends on it.
import { answerHelp } from './help.mjs';
import { root } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

answerHelp(import.meta.url);

const MAJORS = [20, 22, 24, 26];

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
