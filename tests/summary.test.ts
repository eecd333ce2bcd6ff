/** What `npm test` says at its end of a run that fails. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const script = join(root, 'tests/fixtures/failing-run/run.mjs');

/** The exit code, and the lines of the summary without the times of the steps. */
function run(...files: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [script, ...files], { cwd: root, encoding: 'utf8' });
  const [, summary = ''] = stdout.split('\nSummary\n');
  return {
    status,
    lines: summary
      .trimEnd()
      .replaceAll(/ +[\d.]+ s {2}/g, ' ')
      .split('\n'),
  };
}

test('an error that nobody handled is named and counted like a failed test', () => {
  const { status, lines } = run('unhandled');
  expect(status).toBe(1);
  expect(lines).toEqual([
    '  FAILED the tests',
    '  FAILED a step without tests',
    '  not run          a later step, because "a step without tests" failed',
    '  FAILED Unhandled Rejection during unhandled.fixture.ts > leaves an error behind: terminating connection',
    '  FAILED a step without tests: exit code 3, its output above says why',
    '',
    '2 passed, 2 failed',
  ]);
});

test('tests, hooks and files that failed are named', () => {
  const { status, lines } = run('failing', 'broken');
  expect(status).toBe(1);
  expect(lines.filter((line) => line.includes('fixture')).sort()).toEqual([
    '  FAILED broken.fixture.ts: broken at its import',
    '  FAILED failing.fixture.ts > behind a hook: no server',
    '  FAILED failing.fixture.ts > fails: expected 1 to be 2 // Object.is equality',
  ]);
  expect(lines.at(-1)).toBe('0 passed, 4 failed, 1 skipped');
});

test('a run without a test is a failure', () => {
  const { status, lines } = run('no-such-file');
  expect(status).toBe(1);
  expect(lines).toContain('  FAILED the tests: exit code 1, its output above says why');
});
