import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { EXIT, runProgram } from '@bizinsights/jobs-core/command-line';
import type {} from '@bizinsights/test-servers';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { bellRequest, openDoor } from '../fixtures/door.js';
import { webhookQueue } from '../queue.js';
import { PROGRAM } from './program.js';

const prefix = `webhooks-cli-${process.pid}`;
const jobs = createJobs({ connection: inject('redisUrl'), prefix, queues: [webhookQueue], logger: silentLogger });
beforeAll(() => {
  vi.stubEnv('REDIS_URL', inject('redisUrl'));
  vi.stubEnv('TEST_PREFIX', prefix);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await jobs.close();
});

/** A command closes the jobs of its module; the next one is a process of its own, and loads it anew. */
const loaded = createRequire(import.meta.url).cache;
function forget() {
  for (const file of Object.keys(loaded)) if (file.includes('/fixtures/')) delete loaded[file];
}

async function run(...words: string[]) {
  forget();
  const out: string[] = [];
  const error: string[] = [];
  const code = await runProgram(PROGRAM, words, {
    out: (text) => out.push(text),
    error: (text) => error.push(text),
    directory: fileURLToPath(new URL('./fixtures', import.meta.url)),
  });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

it('lists deliveries and replays one', async () => {
  expect(await run('deliveries')).toEqual({ code: EXIT.done, out: 'nothing was delivered', error: '' });
  const kept: Promise<void>[] = [];
  const door = openDoor(jobs, { waitUntil: (written) => kept.push(written) });
  const { headers } = await door(bellRequest({ id: '1', topic: 'made' }));
  await door(bellRequest({ id: '1', topic: 'made' }));
  await door(bellRequest({ id: '2', topic: 'made' }, { secret: 'no', path: '/bell/int_1' }));
  const id = headers.get('x-delivery-id') ?? '';
  await Promise.all(kept);

  const table = await run('deliveries', 'jobs.ts');
  expect(table.code).toBe(EXIT.done);
  const lines = table.out.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(lines[0]).toEqual(['delivery', 'received', 'platform', 'topic', 'status', 'verdict', 'outcome']);
  expect(table.out).toMatch(/bell\/int_1 +401 +refused +the signature is of none of the secrets/);
  expect(table.out).toMatch(/made +200 +verified again +waiting/);
  expect(table.out).toContain(id);

  const page = await run('deliveries', '--json', '--verdict', 'verified', '--limit', '1');
  expect(JSON.parse(page.out)).toMatchObject({ deliveries: [{ duplicateOf: id }], cursor: expect.any(String) });
  const { cursor } = JSON.parse(page.out);
  const rest = await run('deliveries', '--json', '--verdict', 'verified', '--cursor', cursor);
  expect(JSON.parse(rest.out)).toMatchObject({ deliveries: [{ id }] });

  const replay = await run('replay', id, '--json');
  const { deliveryId, jobId } = JSON.parse(replay.out);
  expect(await jobs.queue(webhookQueue).get(jobId)).toMatchObject({ data: { replayOf: id, deliveryId } });
  expect((await run('deliveries')).out).toMatch(/verified replay/);
});

it.each([
  ['a delivery that is not there', ['replay', 'none'], EXIT.failed, /no delivery "none"/],
  ['jobs without the queue', ['deliveries', 'no-queue.ts'], EXIT.failed, /"webhook-processing" is not registered/],
  ['replay without a delivery', ['replay'], EXIT.usage, /replay needs a delivery/],
  ['a verdict that is none', ['deliveries', '--verdict', 'good'], EXIT.usage, /--verdict must be one of/],
  ['a limit that is none', ['deliveries', '--limit', 'all'], EXIT.usage, /--limit must be a whole number/],
  ['an unknown command', ['send'], EXIT.usage, /no command "send"; there are deliveries, replay/],
])('tells of %s', async (_name, words, code, message) => {
  expect(await run(...words)).toMatchObject({ code, out: '', error: expect.stringMatching(message) });
});

it('gives an error as JSON, with its code', async () => {
  const { code, error } = await run('replay', 'none', '--json');
  expect(code).toBe(EXIT.failed);
  expect(JSON.parse(error)).toMatchObject({ error: { code: 'NOT_FOUND' } });
});
