// The store goes away: the platform is told to send again, and nothing that got 200 is lost.
import { defined, type Logger, silentLogger } from '@bizinsights/jobs-core';
import { startLoopClock, startRedis } from '@bizinsights/test-servers';
import { expect, it } from 'vitest';
import { answerOf, bellRequest, openDoor, openJobs } from '../fixtures/door.js';
import { webhookQueue } from '../queue.js';

/** An answer that takes longer is taken for none by the platforms: Shopify waits 5 s. */
const PATIENCE = 5_000;

it('answers 503 with Retry-After within seconds while the store is away, also without a Redis from the start, and logs it once', async () => {
  const lines: unknown[] = [];
  const error = (...line: unknown[]) => void lines.push(line.at(-1));
  const logger: Logger = { ...silentLogger, error, child: () => logger };
  const jobs = openJobs('redis://127.0.0.1:1', logger);
  const door = openDoor(jobs);
  // Loads the code of the engine: how long that takes is no matter of the outage.
  expect(await jobs.health()).toMatchObject({ reachable: false });
  const clock = startLoopClock();
  const answers = await Promise.all(['1', '2', '3'].map((id) => answerOf(door(bellRequest({ id, topic: 'made' })))));
  for (const { status, headers, body } of answers) {
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(body.error).toEqual({
      code: 'ENGINE_UNAVAILABLE',
      message: 'The job store cannot be reached; try again soon',
    });
  }
  expect(clock.elapsed()).toBeLessThan(PATIENCE);
  clock.stop();
  expect(lines.filter((line) => String(line).includes('a webhook could not be taken'))).toHaveLength(1);
  expect((await door(bellRequest({ id: '1', topic: 'made' }, { secret: 'no' }))).status).toBe(401);
  await jobs.close();
});

it('answers 503 while Redis takes no writes, and takes what is sent again afterwards', async () => {
  const server = await startRedis();
  const jobs = openJobs(server.url);
  const door = openDoor(jobs);
  expect((await door(bellRequest({ id: '1', topic: 'made' }))).status).toBe(200);
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  const { status, headers, body } = await answerOf(door(bellRequest({ id: '2', topic: 'made' })));
  expect({ status, code: body.error.code }).toEqual({ status: 503, code: 'ENGINE_UNAVAILABLE' });
  expect(headers.get('retry-after')).toBe('5');
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  expect((await door(bellRequest({ id: '2', topic: 'made' }))).status).toBe(200);
  await jobs.close();
  await server.stop();
});

it('loses no event that got 200 when Redis is killed again and again, with its append-only file on', async () => {
  const server = await startRedis({ appendOnly: true });
  const jobs = openJobs(server.url);
  const door = openDoor(jobs);
  const accepted = new Set<string>();
  const refused: number[] = [];
  let stop = false;
  let slowest = 0;
  const clock = startLoopClock();
  const sender = async (name: string) => {
    for (let index = 0; !stop; index++) {
      const id = `${name}-${index}`;
      const started = clock.elapsed();
      const { status } = await door(bellRequest({ id, topic: 'made' }));
      slowest = Math.max(slowest, clock.elapsed() - started);
      if (status === 200) accepted.add(id);
      else refused.push(status);
    }
  };
  const senders = Array.from({ length: 20 }, (_, index) => sender(`s${index}`));
  for (let round = 1; round <= 3; round++) {
    while (accepted.size < round * 300) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.kill();
    const before = refused.length;
    while (refused.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.start();
  }
  while (accepted.size < 1_200) await new Promise((resolve) => setTimeout(resolve, 5));
  stop = true;
  await Promise.all(senders);

  const queue = jobs.queue(webhookQueue);
  const stored = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await queue.list({ state: 'waiting', limit: 1_000, ...defined({ cursor }) });
    for (const { data } of page.jobs) stored.add(data.eventId);
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect([...accepted].filter((id) => !stored.has(id))).toEqual([]);
  expect(new Set(refused)).toEqual(new Set([503]));
  expect(slowest).toBeLessThan(PATIENCE);
  clock.stop();
  await jobs.close();
  await server.stop();
}, 60_000);
