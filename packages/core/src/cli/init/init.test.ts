import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../main.js';
import { withScripts } from './scripts.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Runs `init` in a project of these files. */
async function init(files: Readonly<Record<string, string>>, ...words: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'init-'));
  folders.push(directory);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const lines: string[] = [];
  const out = (text: string) => lines.push(text);
  const code = await main(['init', ...words], { out, error: out, directory });
  return {
    code,
    text: lines.join('\n'),
    read: (path: string) => readFileSync(join(directory, path), 'utf8'),
    directory,
  };
}

const EXPRESS = '{ "dependencies": { "express": "5" } }';

it('keeps a file that is there, and overwrites it with --force', async () => {
  const files = { 'package.json': EXPRESS, 'jobs.ts': '// mine' };
  const kept = await init(files);
  expect(kept.text).toContain('kept     jobs.ts, which was there');
  expect(kept.read('jobs.ts')).toBe('// mine');
  expect((await init(files, '--force')).read('jobs.ts')).toContain('createJobs');
});

it('says how the missing packages are installed, by the lock file that is there', async () => {
  const { text } = await init({
    'package.json': '{ "dependencies": { "express": "5", "zod": "4" } }',
    'pnpm-lock.yaml': '',
  });
  expect(text).toMatch(/1\. pnpm add @bizinsights\/jobs-express @bizinsights\/jobs-core .*@electric-sql\/pglite$/m);
});

it('leaves the configuration of Next.js alone, and says what belongs in it', async () => {
  const files = { 'package.json': '{ "dependencies": { "next": "16" } }', 'pages/index.tsx': '', 'src/own.ts': '' };
  const without = await init(files);
  expect(without.read('next.config.ts')).toContain('withJobs');
  // Beside its pages, not in `src`.
  expect(existsSync(join(without.directory, 'app/api/jobs/[[...path]]/route.ts'))).toBe(true);
  const having = await init({ ...files, 'next.config.mjs': 'export default {};' }, '--force');
  expect(existsSync(join(having.directory, 'next.config.ts'))).toBe(false);
  expect(having.text).toContain('withJobs() of @bizinsights/jobs-next/config around your next.config');
});

it.each([
  ['no package.json', {}, [], 1, 'package.json: cannot be read in'],
  ['no framework', { 'package.json': '{}' }, [], 2, 'There is neither Express nor Next.js in package.json'],
  ['both', { 'package.json': '{ "dependencies": { "express": "5", "next": "16" } }' }, [], 2, 'name one by --express'],
])('refuses a project with %s', async (_name, files, words, code, message) => {
  const refused = await init(files, ...words);
  expect(refused).toMatchObject({ code, text: expect.stringContaining(message) });
});

it('takes the framework that is named', async () => {
  expect(await init({ 'package.json': '{}' }, '--express')).toMatchObject({ code: 0 });
});

describe('withScripts', () => {
  const added = { 'jobs:dev': 'bizinsights-jobs dev' };
  it.each([
    ['at their end', '{\n  "scripts": {\n    "a": "b {}"\n  },\n  "files": ["x", "y"]\n}\n'],
    ['to none', '{\n\t"scripts": {},\n\t"files": ["x"]\n}'],
    ['where there are none yet', '{\r\n  "files": ["x", "y"]\r\n}\r\n'],
    ['on one line', '{ "scripts": { "a": "\\"b\\"" }, "files": ["x", "y"] }'],
  ])('adds %s, and leaves all else as it is', (_name, text) => {
    const result = withScripts(text, added);
    const before = JSON.parse(text);
    expect(JSON.parse(result)).toEqual({ ...before, scripts: { ...before.scripts, ...added } });
    expect(result).toContain(text.slice(text.indexOf('"files"'), text.lastIndexOf(']') + 1));
    expect(result.includes('\r\n')).toBe(text.includes('\r\n'));
    expect(result.replaceAll('\r\n', '')).not.toMatch(text.includes('\r\n') ? /\n/ : /\r/);
  });

  it('writes all of it again where the scripts are not written as usual', () => {
    const text = '{ "a": { "scripts": { "x": "y" } }, "scripts": { "jobs:dev": "old" } }';
    expect(JSON.parse(withScripts(text, added))).toEqual({ a: { scripts: { x: 'y' } }, scripts: added });
  });
});
