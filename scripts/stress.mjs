// `npm run stress -- [TIMES] [FILES…]`: the tests of workers, outages and races again and again, beside a load that keeps
// every core busy. What depends on the speed of the machine fails here. Default: 10 times, the files below.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { root } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

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

const [times = '10', ...files] = process.argv.slice(2);
const tests = files.length > 0 ? files : CONCURRENCY_TESTS;

const load = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for(;;);']));
process.on('exit', () => {
  for (const child of load) child.kill('SIGKILL');
});

process.exitCode = await runSteps(
  Array.from({ length: Number(times) }, (_, index) => ({
    title: `round ${index + 1}`,
    action: () => runVitest(root, tests),
  })),
);
for (const child of load) child.kill('SIGKILL');
