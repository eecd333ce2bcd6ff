import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { main } from './main.js';

const loaded = createRequire(import.meta.url).cache;
const folder = mkdtempSync(join(tmpdir(), 'env-files-'));
const names = ['MODULE_SAYS', 'FIRST_SAYS', 'LAST_SAYS', 'ALL_SAY', 'LETTER'];
afterEach(() => {
  for (const name of names) delete process.env[name];
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads a module beside which there is a `.env`, and answers what it finds. */
async function read(files: Record<string, string>, ...words: string[]) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(
    join(folder, 'src', 'jobs.js'),
    `exports.jobs = ${JSON.stringify({ startWorker: 1, health: 1 })};
    exports.jobs.queues = []; exports.jobs.close = async () => {};
    exports.jobs.environment = () => ${JSON.stringify(names)}.map((name) => (
      { name, about: process.env[name] ?? '', isSet: process.env[name] !== undefined }));`,
  );
  delete loaded[join(folder, 'src', 'jobs.js')];
  const out: string[] = [];
  const code = await main(['environment', '--json', ...words], {
    out: (text) => out.push(text),
    error: (text) => out.push(text),
    directory: folder,
  });
  const text = out.join('\n');
  if (code !== 0) return { code, text };
  const { variables } = JSON.parse(text);
  return Object.fromEntries(variables.map(({ name, about }: { name: string; about?: string }) => [name, about]));
}

it('are read beside the module and in the folder of the command; what is set wins over what is named', async () => {
  const files = {
    '.env': 'ALL_SAY=here\nLETTER=here',
    'src/.env': '\uFEFFMODULE_SAYS=yes\nALL_SAY=module\nLETTER="Grüße\n  an alle" # two lines',
    'first.env': "FIRST_SAYS='a # b'\nALL_SAY=first",
    'last.env': 'LAST_SAYS=yes\r\nALL_SAY=last\r\n',
  };
  expect(await read(files)).toMatchObject({ MODULE_SAYS: 'yes', ALL_SAY: 'module', LETTER: 'Grüße\n  an alle' });
  for (const name of names) delete process.env[name];
  const named = ['--env-file', 'first.env', '--env-file', join(folder, 'last.env')];
  expect(await read(files, ...named)).toMatchObject({
    MODULE_SAYS: 'yes',
    FIRST_SAYS: 'a # b',
    LAST_SAYS: 'yes',
    ALL_SAY: 'last',
  });
  process.env.ALL_SAY = 'set';
  expect(await read(files, ...named)).toMatchObject({ ALL_SAY: 'set' });
});

it('fail with exit code 1 when one that is named is missing', async () => {
  const { code, text } = await read({}, '--env-file', 'gone.env');
  expect(code).toBe(1);
  expect(JSON.parse(text).error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`${join(folder, 'gone.env')} does not exist`),
  });
});
