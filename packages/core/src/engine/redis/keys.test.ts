/** A prefix is a boundary: what one has on Redis, no other one sees, changes or stands in the way of. */
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineQueue } from '../../queue/definition.js';
import { bullPrefix, ownBase } from './keys.js';

const schema = z.object({ n: z.number() });
const entry = z.object({ by: z.string() });

it('keeps the keys of a plain prefix where they have always been', () => {
  expect(ownBase('bull')).toBe('bizinsights:bull:');
  expect(bullPrefix('bull')).toBe('bull');
  expect(bullPrefix('app:cache')).toBe('app:cache');
});

it('gives no two prefixes one beginning, and none that begins another one', () => {
  const parts = ['a', ':', '%', '%3A', 'bizinsights', '{', '}', 'cache'];
  const prefixes = parts.flatMap((one) => parts.flatMap((two) => parts.map((three) => one + two + three)));
  const bases = [...new Set([...parts, ...prefixes])].map(ownBase).sort();
  for (const [index, base] of bases.entries()) expect(bases[index + 1]?.startsWith(base) ?? false, base).toBe(false);
  for (const prefix of [...parts, ...prefixes]) {
    expect(`${bullPrefix(prefix)}:`.startsWith('bizinsights:'), prefix).toBe(false);
  }
});

describe.each(['cache', 'cache:a', 'cache-lock', 'journal', 'journal:log', '{schedules}:list', 'rate', 'q'])(
  'the prefixes x and x:%s',
  (family) => {
    it('share no value of the cache, no journal, no schedule and no job', async () => {
      const outer = `p${randomUUID()}`;
      const queue = defineQueue({ name: 'q', schema });
      const [one, other] = [outer, `${outer}:${family}`].map((prefix) => {
        const jobs = createJobs({ connection: inject('redisUrl'), prefix, queues: [queue], logger: silentLogger });
        onTestFinished(() => jobs.close());
        return jobs;
      });
      if (!one || !other) throw new Error('two were opened');
      const journals = [one, other].map((jobs) => jobs.journal('log', { schema: entry, keep: 10 }));
      await other.cache.set('c', 'other');
      await one.cache.set('a:c', 'one');
      await one.cache.set('cache:c', 'one');
      await journals[0]?.append({ by: 'one' });
      await journals[1]?.append({ by: 'other' });
      await other.scheduler.upsert({ key: 's', queue, every: 3_600_000, data: { n: 2 } });
      await one.queue(queue).add({ n: 1 }, { id: 'same' });
      await other.queue(queue).add({ n: 2 }, { id: 'same' });
      expect(await one.cache.deletePattern('*')).toBe(2);
      expect(await other.cache.get('c')).toBe('other');
      expect(await journals[0]?.page()).toMatchObject({ entries: [{ by: 'one' }] });
      expect(await journals[1]?.page()).toMatchObject({ entries: [{ by: 'other' }] });
      expect((await one.scheduler.list()).schedules).toEqual([]);
      expect((await other.scheduler.list()).schedules).toHaveLength(1);
      expect(await one.queue(queue).get('same')).toMatchObject({ data: { n: 1 } });
      expect(await other.queue(queue).get('same')).toMatchObject({ data: { n: 2 } });
    });
  },
);

it('lets a prefix and a queue be named as our own keys are', async () => {
  const victim = `v${randomUUID()}`;
  const [named, plain] = ['bizinsights', victim].map((name) => defineQueue({ name, schema }));
  if (!named || !plain) throw new Error('two were defined');
  const first = createJobs({ connection: inject('redisUrl'), prefix: victim, queues: [named], logger: silentLogger });
  // Its job `journal` would be kept where the other one's journals begin.
  const second = createJobs({
    connection: inject('redisUrl'),
    prefix: 'bizinsights',
    queues: [named, plain],
    logger: silentLogger,
  });
  onTestFinished(async () => {
    await second.queue(plain).empty();
    await second.queue(named).empty();
    await Promise.all([first.close(), second.close()]);
  });
  await second.queue(plain).add({ n: 1 }, { id: 'audit' });
  await second.queue(plain).add({ n: 1 }, { id: 'workers' });
  await second.queue(named).add({ n: 1 });
  await first.queue(named).add({ n: 2 });
  const journal = first.journal('audit', { schema: entry, keep: 10 });
  await journal.append({ by: 'first' });
  expect(await journal.page()).toMatchObject({ entries: [{ by: 'first' }] });
  await first.cache.set('k', 1);
  expect(await second.cache.exists('k')).toBe(false);
  expect(await second.queue(plain).get('audit')).toMatchObject({ data: { n: 1 } });
  expect(await second.queue(named).counts()).toMatchObject({ waiting: 1 });
});
