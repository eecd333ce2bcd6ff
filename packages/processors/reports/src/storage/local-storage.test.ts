import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ConfigError } from '@bizinsights/jobs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localStorage } from './local-storage.js';

const KEY = `${'ab'.repeat(32)}.pdf`;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reports-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const open = (now = () => 0) => localStorage({ dir: join(dir, 'files'), secret: 'a secret of the tests', now });
const files = async () => (await readdir(dir, { recursive: true })).filter((name) => name.includes('.'));

test('a file is written as a whole, for its owner alone, and read again', async () => {
  const storage = open();
  const bytes = await storage.write(KEY, async (output) => void output.end('first'));
  expect(bytes).toBe(5);
  await storage.write(KEY, async (output) => void output.end('second'));
  const file = await storage.read(KEY);
  expect(file && (await buffer(file)).toString()).toBe('second');
  expect(await files()).toEqual([join('files', 'ab', KEY)]);
  expect((await stat(join(dir, 'files', 'ab', KEY))).mode & 0o077).toBe(0);
});

test('a write that fails leaves what was there, and nothing else', async () => {
  const storage = open();
  await storage.write(KEY, async (output) => void output.end('first'));
  const failing = storage.write(KEY, async (output) => {
    output.write('half');
    throw new Error('The figures are away');
  });
  await expect(failing).rejects.toThrow('The figures are away');
  expect(await readFile(join(dir, 'files', 'ab', KEY), 'utf8')).toBe('first');
  expect(await files()).toHaveLength(1);
});

test('of two attempts that write at once, the later one wins, and there is one file', async () => {
  const storage = open();
  let isSecondDone: () => void = () => undefined;
  const secondDone = new Promise<void>((resolve) => {
    isSecondDone = resolve;
  });
  let hasBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const first = storage.write(KEY, async (output) => {
    hasBegun();
    await secondDone;
    output.end('old');
  });
  await begun;
  await storage.write(KEY, async (output) => void output.end('new'));
  isSecondDone();
  await expect(first).rejects.toThrow('ENOENT');
  expect(await readFile(join(dir, 'files', 'ab', KEY), 'utf8')).toBe('new');
  expect(await files()).toHaveLength(1);
});

test('a file that is not there is undefined, and may be removed', async () => {
  const storage = open();
  expect(await storage.read(KEY)).toBeUndefined();
  await storage.remove(KEY);
  await storage.write(KEY, async (output) => void output.end('x'));
  await storage.remove(KEY);
  expect(await storage.read(KEY)).toBeUndefined();
});

test.each(['../../etc/passwd', '/etc/passwd', `../${KEY}`, `${KEY}/..`, 'short.pdf', `${'ab'.repeat(32)}/x.pdf`])(
  'refuses the key %s',
  async (key) => {
    const storage = open();
    await expect(storage.read(key)).rejects.toThrow('must be hexadecimal');
    await expect(storage.remove(key)).rejects.toThrow('must be hexadecimal');
    await expect(storage.write(key, async () => undefined)).rejects.toThrow('must be hexadecimal');
  },
);

test('an address is valid until it expires, and only as it was signed', () => {
  let now = 1_000_000;
  const storage = open(() => now);
  const report = { organizationId: 'acme', id: 'r1' };
  const address = () => new URL(storage.downloadUrl(report, { expiresIn: 60_000 }), 'https://app.example.com');
  const url = address();
  expect(url.pathname).toBe('/api/reports/download');
  expect(storage.verify(url)).toEqual({ kind: 'valid', report });
  for (const [name, value] of [
    ['report', 'r2'],
    ['organization', 'globex'],
    ['expires', '9999999999'],
    ['signature', 'AAAA'],
    ['signature', ''],
  ] as const) {
    const changed = address();
    changed.searchParams.set(name, value);
    expect(storage.verify(changed), name).toEqual({ kind: 'forged' });
  }
  const other = localStorage({ dir, secret: 'another secret', now: () => now });
  expect(other.verify(url)).toEqual({ kind: 'forged' });
  now += 60_000;
  expect(storage.verify(url)).toEqual({ kind: 'expired' });
});

test('needs a folder and a secret', () => {
  expect(() => localStorage({ dir: '', secret: 'x' })).toThrow(ConfigError);
  expect(() => localStorage({ dir, secret: ' ' })).toThrow('secret');
});
