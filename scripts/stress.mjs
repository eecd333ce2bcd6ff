// `npm run stress -- [TIMES] [FILE…]`: repeats tests while a load keeps every core busy, so that tests which depend on the
// speed of the machine fail. Default: 10 times, the tests of workers, outages and races.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { answerHelp } from './help.mjs';
import { root } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

answerHelp(import.meta.url);

/** Parts of paths, as vitest takes them. */
const CONCURRENCY_TESTS = [
  'packages/core/src/engine/',
  'packages/core/src/scheduler/',
  'packages/core/src/worker/',
  'packages/processors/data-sync/src/redis.test.ts',
  'packages/processors/data-sync/src/processor.test.ts',
  'packages/processors/email/src/crash.soak.test.ts',
  'packages/processors/webhooks/src/once.test.ts',
  'packages/store/src/sync.test.ts',
  'packages/store/src/sync.soak.test.ts',
];

const given = process.argv.slice(2);
const times = /^[1-9]\d*$/.test(given[0] ?? '') ? Number(given.shift()) : 10;
const tests = given.length > 0 ? given : CONCURRENCY_TESTS;

const load = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for(;;);']));
process.on('exit', () => {
  for (const child of load) child.kill('SIGKILL');
});

process.exitCode = await runSteps(
  Array.from({ length: times }, (_, index) => ({
    title: `round ${index + 1}`,
    action: () => runVitest(root, tests),
  })),
);
for (const child of load) child.kill('SIGKILL');
