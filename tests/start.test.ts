/** What `npm start` says before it installs or builds anything, and what `--reset` removes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from './publishable-packages.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Start {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The one line that it ends with. */
function refusal({ args = [], env = {} }: Start): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, REDIS_URL: '', DATABASE_URL: '', DATA_DIR: folder, ...env },
  });
  expect(stdout).toBe('');
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr;
}

/** Runs a module's text with the functions of a script. */
function node(code: string): readonly string[] {
  return ['--input-type=module', '--eval', code];
}

const script = (name: string) => JSON.stringify(pathToFileURL(join(root, 'scripts', name)).href);

test('names an option that it does not know', () => {
  expect(refusal({ args: ['--rest'] })).toContain('does not know --rest');
});

test('names the port that is taken, and how to take another one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  expect(refusal({ env: { PORT: port } })).toBe(
    `Port ${port} is taken by another program: PORT=3012 npm start takes another one.\n`,
  );
  server.close();
  expect(refusal({ env: { PORT: 'web' } })).toContain('must be a number');
});

test('names a server that does not answer', () => {
  const said = refusal({ env: { DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/app' } });
  expect(said).toContain('Nothing answers at 127.0.0.1:1, where DATABASE_URL points to (ECONNREFUSED)');
  expect(said).not.toContain('secret');
});

test('does not empty servers', () => {
  expect(refusal({ args: ['--reset'], env: { REDIS_URL: 'redis://127.0.0.1:1' } })).toContain('empty your Redis');
});

test('refuses an old Node.js', () => {
  const check = `import { refuseOldNode } from ${script('start-checks.mjs')}; refuseOldNode(${JSON.stringify(root)}, `;
  const old = spawnSync(process.execPath, node(`${check}'20.18.3')`), { encoding: 'utf8' });
  expect(old).toMatchObject({ status: 1, stderr: expect.stringMatching(/needs Node.js 20.19 or newer.+20.18.3/) });
  for (const version of ['20.19.0', '22.0.0', '100.1.1']) {
    expect(spawnSync(process.execPath, node(`${check}'${version}')`))).toMatchObject({ status: 0 });
  }
});

test('names a folder that it cannot write to', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(refusal({ env: { DATA_DIR: join(folder, 'file', 'data') } })).toMatch(
    /data cannot be written to \(ENOTDIR\): .+ or set DATA_DIR to another folder\.\n$/,
  );
});

test('does not start a second time in a folder, also after the first one was killed', async () => {
  const hold = `import { takeFolder } from ${script('only-one.mjs')};
    console.log(await takeFolder(${JSON.stringify(folder)}, 'BizInsights on http://localhost:3002'));
    setInterval(() => undefined, 1_000);`;
  const holder = spawn(process.execPath, node(hold), { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  expect(refusal({})).toBe(
    `BizInsights on http://localhost:3002 (process ${holder.pid}) has the data in ${folder} already: ` +
      'open it, or stop it by Ctrl-C and start again.\n',
  );
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(refusal({ env: { PORT: 'web' } })).toContain('must be a number');
});

test('removes only what is the demo’s own when it starts over', () => {
  for (const name of ['jobs', 'reports', 'photos']) mkdirSync(join(folder, name));
  for (const name of ['sandbox-main.json', 'mails.jsonl', 'integration-keys', 'jobs/a', 'letter.txt'])
    writeFileSync(join(folder, name), '');
  const reset = `import { removeDemoData } from ${script('demo-data.mjs')}; removeDemoData(${JSON.stringify(folder)});`;
  expect(spawnSync(process.execPath, node(reset))).toMatchObject({ status: 0 });
  expect(readdirSync(folder).sort()).toEqual(['letter.txt', 'photos']);
});
