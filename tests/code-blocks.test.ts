// What a reader copies out of a guide, a README or a doc comment compiles, and what quotes an example is that example.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { compileBlocks, unusedGiven } from './code-blocks/compile-blocks.js';
import { blocksIn, blocksInComments, type CodeBlock, readBlocks } from './code-blocks/read-blocks.js';
import { root } from './publishable-packages.js';

const exec = promisify(execFile);
const blocks = readBlocks();

/** Blocks that don't do what they say, so that a compiler that checks nothing is noticed. */
const WRONG: readonly CodeBlock[] = [
  wrong('docs/wrong-syntax.md', 'const a = ;\n'),
  wrong('docs/wrong-type.md', "import { defineQueue } from '@bizinsights/jobs-core';\n\ndefineQueue({ name: 7 });\n"),
  wrong('docs/unknown-name.md', 'await jobs.close();\n'),
];

test('every TypeScript block compiles', () => {
  const errors = compileBlocks([...blocks.filter(({ kind }) => kind === 'compiled'), ...WRONG]);
  const isMeant = (error: string) => WRONG.some(({ file }) => error.startsWith(`${file}:`));
  expect(errors.filter((error) => !isMeant(error))).toEqual([]);
  expect(WRONG.map(({ file }) => errors.find((error) => error.startsWith(`${file}:`))?.split(' ', 2))).toEqual([
    ['docs/wrong-syntax.md:1', 'TS1109'],
    ['docs/wrong-type.md:3', 'TS2322'],
    ['docs/unknown-name.md:1', 'TS2304'],
  ]);
}, 600_000);

test('what blocks take as given is needed', () => {
  expect(unusedGiven(blocks)).toEqual([]);
});

test('guides and doc comments have blocks of each kind', () => {
  expect(blocks.filter(({ kind, file }) => kind === 'compiled' && file.endsWith('.md')).length).toBeGreaterThan(20);
  expect(blocks.filter(({ kind, file }) => kind === 'compiled' && file.endsWith('.ts')).length).toBeGreaterThan(50);
  expect(blocks.filter(({ kind }) => kind === 'quote').length).toBeGreaterThan(5);
});

test('a block has its line in the file, and what the comment before it says', () => {
  const guide =
    '# A\n\n```ts\na();\n```\n<!-- not compiled: not TypeScript yet -->\n```tsx\n<b>\n```\n```sh\nls\n```\n';
  expect(blocksIn('a.md', guide)).toEqual([
    { file: 'a.md', line: 4, language: 'ts', code: 'a();\n', kind: 'compiled' },
    { file: 'a.md', line: 8, language: 'tsx', code: '<b>\n', kind: 'not compiled' },
  ]);
  const source = 'const a = 1;\n\n/**\n * Adds.\n *\n * @example\n * ```ts\n * add(1, 2);\n * ```\n */\n';
  expect(blocksInComments('a.ts', source)).toEqual([
    { file: 'a.ts', line: 8, language: 'ts', code: 'add(1, 2);\n', kind: 'compiled' },
  ]);
});

function wrong(file: string, code: string): CodeBlock {
  return { file, code, line: 1, language: 'ts', kind: 'compiled' };
}

describe('scripts/quotes.mjs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quotes-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    exec(process.execPath, [join(root, 'scripts', 'quotes.mjs'), ...args]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );

  test('finds that each guide quotes the examples as they are: else `npm run docs`', async () => {
    expect(await run('--check')).toEqual({ code: 0, stdout: '' });
  });

  test('names a guide that is out of date, brings it up to date, and keeps the rest', async () => {
    const guide = join(folder, 'guide.md');
    const example = join(folder, 'examples', 'features', 'greet.ts');
    mkdirSync(join(folder, 'examples', 'features'), { recursive: true });
    writeFileSync(
      example,
      "// Greets.\nfunction greet() {\n  // #region hello\n  console.log('Hello');\n  // #endregion\n}\ngreet();\n",
    );
    const text = (whole: string, region: string, rows: string) =>
      [
        '# Guide\n\n<!-- quote examples/features/greet.ts -->\n```ts\n',
        `${whole}\`\`\`\n\n<!-- quote examples/features/greet.ts#hello -->\n\`\`\`ts\n${region}\`\`\`\n\n\`\`\`ts\nown();\n\`\`\`\n`,
        `\n<!-- features -->\n${rows}<!-- end of features -->\n`,
      ].join('');
    writeFileSync(guide, text('old();\n', '', ''));
    expect(await run('--check', folder)).toMatchObject({
      code: 1,
      stdout: 'guide.md is out of date: run npm run docs\n',
    });
    expect(await run(folder)).toMatchObject({ code: 0, stdout: 'guide.md updated\n' });
    expect(readFileSync(guide, 'utf8')).toBe(
      text(
        "// Greets.\nfunction greet() {\n  console.log('Hello');\n}\ngreet();\n",
        "console.log('Hello');\n",
        '| example | what it shows |\n| --- | --- |\n| [greet](greet.ts) | Greets. |\n',
      ),
    );
    expect(await run('--check', folder)).toEqual({ code: 0, stdout: '' });
  });

  test('refuses a quote of nothing', async () => {
    writeFileSync(join(folder, 'guide.md'), '<!-- quote examples/features/greet.ts#bye -->\n```ts\n```\n');
    const { code, stderr } = await run(folder).then((result) => ({ stderr: '', ...result }));
    expect(code).toBe(1);
    expect(stderr).toContain('guide.md quotes the region "bye" of examples/features/greet.ts, which is not there');
  });
});
