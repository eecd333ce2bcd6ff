/** What `npm test` says at its end of a run that fails. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const script = join(root, 'tests/fixtures/failing-run/run.mjs');

/** The exit code, and the lines of the summary without the times of the steps. */
function run(...files: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [script, ...files], { cwd: root, encoding: 'utf8' });
  const [, summary = ''] = stdout.split('\nSummary\n');
  const lines = summary
    .trimEnd()
    .replaceAll(/ +[\d.]+ s {2}/g, ' ')
    .split('\n');
  const isCommand = (line: string) => line.includes('run it again: ');
  return {
    status,
    /** Without the times of files, and the commands. */
    lines: lines.filter((line) => !isCommand(line) && !/^ \S+\.fixture\.ts$|^ \d+ files$|^$|^Time in/.test(line)),
    all: lines,
    commands: lines.filter(isCommand).map((line) => line.split('run it again: ')[1] ?? ''),
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

test('each failure says the command that runs it again, from a shell and alone', () => {
  const { commands } = run('failing', 'odd-names', 'broken');
  const prefix = 'npx vitest run --root tests/fixtures/failing-run';
  expect(commands.sort()).toEqual([
    `${prefix} broken.fixture.ts`,
    `${prefix} failing.fixture.ts -t '^behind a hook '`,
    `${prefix} failing.fixture.ts -t '^fails$'`,
    expect.stringMatching(/ odd-names\.fixture\.ts -t '/),
  ]);
  const [command = ''] = commands.filter((one) => one.includes('odd-names'));
  const again = spawnSync(command, { cwd: root, encoding: 'utf8', shell: true });
  expect(again.status).toBe(1);
  expect(stripVTControlCharacters(again.stdout)).toMatch(/1 failed \| 1 skipped/);
});

test('vitest by itself says these commands too', () => {
  const reporter = join(root, 'scripts/summary-reporter.mjs');
  const command = `npx vitest run --root tests/fixtures/failing-run --reporter "${reporter}" broken`;
  const { stdout } = spawnSync(command, { cwd: root, encoding: 'utf8', shell: true });
  expect(stdout).toContain('run it again: npx vitest run --root tests/fixtures/failing-run broken.fixture.ts\n');
});

test('the time that files took is told, the longest first', () => {
  const { all } = run('unhandled', 'failing');
  const start = all.indexOf('Time in test files, which run beside each other');
  expect(all.slice(start + 1, start + 4)).toEqual([
    ' 2 files',
    expect.stringMatching(/^ \w+\.fixture\.ts$/),
    expect.stringMatching(/^ \w+\.fixture\.ts$/),
  ]);
});

test('a run without a test is a failure', () => {
  const { status, lines } = run('no-such-file');
  expect(status).toBe(1);
  expect(lines).toContain('  FAILED the tests: exit code 1, its output above says why');
});
