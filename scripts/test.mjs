// `npm test`: everything that must hold before a change lands. Stops at the first step that fails.
// The last line is always `N passed, N failed`, counted by vitest; a step that fails in another way counts as one.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, install, pnpm, root, step, tool } from './steps.mjs';

const counts = { passed: 0, failed: 0, skipped: 0 };

/** What failed, for the end of the output: of a long log often nothing else is kept. */
const failures = [];
const FAILURES_SHOWN = 20;

const steps = [
  ['install', install],
  ['build', () => build('./packages/**')],
  ['check: types, lint, unused code, import rules', checks],
  ['test', () => vitest('unit', 'soak')],
  ['test the packages as npm delivers them', () => vitest('packaging')],
];

const done = [];
for (const [index, [title, action]] of steps.entries()) {
  done.push(await step(index + 1, steps.length, title, action));
  if (done.at(-1).code !== 0) break;
}

const { code } = done.at(-1);
if (code !== 0 && counts.failed === 0) counts.failed = 1;

console.log('\nSummary');
for (const { title, code, seconds } of done) {
  console.log(`  ${code === 0 ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${title}`);
}
for (const [title] of steps.slice(done.length)) console.log(`  not run          ${title}`);
for (const failure of failures.slice(0, FAILURES_SHOWN)) console.log(`  FAILED ${failure}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = code;

/** The checks that run no code of ours, at most two at a time: the machine we must fit has two cores. */
async function checks() {
  const waiting = [
    // The packages, benchmarks and tests are one program (tsconfig.json); these are checked by themselves.
    ['types', () => tool('tsc', ['-p', '.'], { quiet: true })],
    [
      'types of the Next.js adapter and the examples',
      () =>
        pnpm(
          [
            ...['-r', '--workspace-concurrency=1', '--filter', './packages/adapters-next', '--filter', './examples/**'],
            ...['run', 'typecheck'],
          ],
          { quiet: true },
        ),
    ],
    ['lint', () => tool('biome', ['check', '--error-on-warnings', '.'], { quiet: true })],
    ['unused code', () => tool('knip', [], { quiet: true })],
    ['import rules', () => tool('depcruise', ['.'], { quiet: true })],
  ];
  let worst = 0;
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [title, check] = next;
      const code = await check();
      console.log(`    ${code === 0 ? 'ok    ' : 'FAILED'} ${title}`);
      worst ||= code;
    }
  };
  await Promise.all([lane(), lane()]);
  return worst;
}

/** Runs projects of vitest.config.ts and adds their counts. A run without a test is a failure. */
async function vitest(...projects) {
  const folder = join(root, 'node_modules', '.cache', 'vitest');
  const report = join(folder, `${projects.join('-')}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(report, { force: true });
  const code = await tool('vitest', [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  try {
    const { testResults, ...totals } = JSON.parse(readFileSync(report, 'utf8'));
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = totals;
    failures.push(...testResults.flatMap(failuresOf));
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    counts.skipped += numPendingTests + numTodoTests;
    return code === 0 && numPassedTests === 0 ? 1 : code;
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`);
    return code || 1;
  }
}

/** A line for each failed test of a file, or for the file itself where it could not be run. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${file} > ${fullName}: ${firstLine(failureMessages[0])}`);
}

function firstLine(text = '') {
  return text.split('\n', 1)[0];
}
