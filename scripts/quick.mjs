// `npm run quick`: types, lint and the tests that need no server, in seconds. `npm run watch` runs them again after each
// change.
import { watch } from 'node:fs';
import { join } from 'node:path';
import { answerHelp } from './help.mjs';
import { install, root, tool } from './steps.mjs';
import { runBeside, runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

answerHelp(import.meta.url);

/** What TypeScript knows from the last time. */
const TYPES_SEEN = join(root, 'node_modules', '.cache', 'quick.tsbuildinfo');

/** Where a change makes it run again. */
const WATCHED = ['packages', 'examples', 'tests', 'benchmarks', 'scripts'];
const IGNORED = /(^|[\\/])(node_modules|dist|\.[^\\/]*)([\\/]|$)/;

/** Editors write a file in several steps, and one change is of several files. ms */
const QUIET = 200;

const CHECKS = [
  ['pure tests', () => runVitest(root, ['--project', 'pure'], { quiet: true })],
  ['types', () => tool('tsc', ['-p', '.', '--incremental', '--tsBuildInfoFile', TYPES_SEEN], { quiet: true })],
  ['lint', () => tool('biome', ['check', '--error-on-warnings', '.'], { quiet: true })],
];

const check = () =>
  runSteps([
    { title: 'install', action: install, isRequired: true },
    { title: 'types, lint and pure tests', action: () => runBeside(CHECKS, CHECKS.length) },
  ]);

if (process.argv.includes('--watch')) await checkAfterEachChange();
else process.exitCode = await check();

async function checkAfterEachChange() {
  let changed = true;
  let ended = false;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  const watchers = WATCHED.map((folder) =>
    watch(join(root, folder), { recursive: true }, (_event, file) => {
      if (file === null || IGNORED.test(file)) return;
      changed = true;
      wake();
    }),
  );
  while (!ended) {
    if (!changed) await new Promise((resolve) => (wake = resolve));
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    if (ended) break;
    changed = false;
    await check();
    if (!changed && !ended) console.log('\nWaiting for a change (Ctrl-C ends it) …');
  }
  for (const watcher of watchers) watcher.close();
}
