/** That the table of BullMQ's own keys is complete: an upgrade that adds one fails here. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { QueueKeys } from 'bullmq';
import { expect, it } from 'vitest';
import { BULLMQ_KEYS } from './keys.js';

const installed = dirname(createRequire(import.meta.url).resolve('bullmq'));

function filesOf(folder: string, name: RegExp): string[] {
  const files = readdirSync(join(installed, folder)).filter((file) => name.test(file));
  return files.map((file) => readFileSync(join(installed, folder, file), 'utf8').replace(/\/\/# sourceMapp.*/, ''));
}

/** The first part of a key, which a job's id would have to be. Empty for what is put behind an id. */
const firstPart = (key: string) => key.split(':')[0] ?? '';

it('has every key of a queue that BullMQ names', () => {
  const names = Object.keys(new QueueKeys('prefix').getKeys('queue')).filter((name) => name !== '');
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) expect(BULLMQ_KEYS).toContain(firstPart(name));
});

it('has every key that BullMQ puts together in its code', () => {
  const found = filesOf('classes', /^(redis-queue-backend|queue.*|job.*|worker)\.js$/).flatMap((code) =>
    [...code.matchAll(/toKey\((['"`])([a-z][\w-]*)/g)].map(([, , name = '']) => name),
  );
  expect(found).toContain('metrics');
  for (const name of found) expect(BULLMQ_KEYS).toContain(name);
});

it('has every key that a Lua script of BullMQ puts together', () => {
  // `jobKeyPrefix .. "events"`, `keyPrefix .. 'de:' .. id`. The relay's scripts have a space of their own: `prefix::relay`.
  const scripts = filesOf('scripts', /^(?!relay|index).*\.js$/);
  expect(scripts.length).toBeGreaterThan(40);
  const found = scripts.flatMap((lua) =>
    [...lua.matchAll(/(\w*(?:prefix|key|base)\w*|ARGV\[\d+\]|\bqueue\w*) *\.\. *["']([a-z][\w-]*)/gi)].map(
      ([, , name = '']) => name,
    ),
  );
  expect(found).toEqual(expect.arrayContaining(['events', 'de', 'meta', 'marker']));
  for (const name of found) expect(BULLMQ_KEYS).toContain(name);
});
