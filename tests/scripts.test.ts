/** The commands of the workspace: what they are for, and what they take. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './publishable-packages.js';

const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Those that are scripts of ours: `[['quick', 'scripts/quick.mjs'], …]`. `soak` hands its arguments on. */
const own = Object.entries(scripts).flatMap(([name, command]): [string, string][] => {
  const [, file = ''] = /^node (scripts\/(?!pnpm|soak)\w+\.mjs)/.exec(command) ?? [];
  return file === '' ? [] : [[name, file]];
});

test.each(own)('npm run %s -- --help says what it does, and does nothing', (name, file) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, '--help'], { cwd: root, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(name === 'test' || name === 'start' ? `npm ${name}` : `npm run ${name}`);
  expect(stdout.split('\n').length).toBeLessThan(15);
});

test('the commands that are promised are there', () => {
  expect(Object.keys(scripts)).toEqual(
    expect.arrayContaining(['start', 'test', 'quick', 'watch', 'soak', 'canary', 'stress', 'nodes', 'docs', 'bench']),
  );
});

test('scripts/pnpm.mjs works in the folder that it is called in', () => {
  const cwd = join(root, 'packages', 'core');
  const words = [join(root, 'scripts', 'pnpm.mjs'), 'exec', 'node', '-p', 'process.cwd()'];
  const { stdout } = spawnSync(process.execPath, words, { cwd, encoding: 'utf8' });
  expect(stdout.trim()).toBe(cwd);
});
