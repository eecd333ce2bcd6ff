/** Our script that takes a job, beside BullMQ's own: whatever reads a queue finds the same. */
import { startRedis } from '@bizinsights/test-servers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { addAll, compare, newName, openQueue, type TestQueue, useTwinQueues } from './fixtures/twin-queues.js';
import { KNOWN_SCRIPTS } from './own-scripts.js';

useTwinQueues();

/** Looks for jobs so many times. */
async function look({ look }: TestQueue, times: number): Promise<unknown[]> {
  const answers: unknown[] = [];
  while (answers.length < times) answers.push(await look(`token-${answers.length}`));
  return answers;
}

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** What is done to a queue. */
const USUAL: Record<string, (queue: TestQueue) => Promise<unknown>> = {
  'a queue without jobs': (queue) => look(queue, 2),
  'one job after the other, until there are none': async (queue) => {
    await addAll(queue, 4);
    return look(queue, 6);
  },
  'jobs with priorities behind those without': async (queue) => {
    await queue.add('low', { priority: 9 });
    await queue.add('high', { priority: 1 });
    await queue.add('none');
    await queue.add('first', { lifo: true });
    return look(queue, 6);
  },
  'delayed jobs that are due, of some priorities, and one that is not': async (queue) => {
    await addAll(queue, 2);
    for (const [n, priority] of [0, 3, 1, 0, 3].entries()) await queue.add(`due-${n}`, { delay: 10 + n, priority });
    await queue.add('later', { delay: 60_000 });
    const before = await look(queue, 1);
    later(1_000);
    return [before, await look(queue, 9)];
  },
  'a job of a later time, and nothing else': async (queue) => {
    await queue.add('later', { delay: 60_000 });
    return look(queue, 2);
  },
  'a paused queue, whose delayed jobs are due': async (queue) => {
    await addAll(queue, 2);
    await queue.add('due', { delay: 10 });
    await queue.queue.pause();
    later(1_000);
    const paused = await look(queue, 2);
    await queue.queue.resume();
    return [paused, await look(queue, 4)];
  },
  'a queue whose global concurrency is reached': async (queue) => {
    await addAll(queue, 4);
    await queue.add('due', { delay: 10 });
    await queue.queue.setGlobalConcurrency(2);
    later(1_000);
    return look(queue, 4);
  },
  'the markers of BullMQ 4': async (queue) => {
    await queue.redis.rpush(`${queue.base}wait`, '0:0');
    await queue.add('one', { priority: 5 });
    const answers = await look(queue, 1);
    await addAll(queue, 2);
    await queue.redis.rpush(`${queue.base}wait`, '0:1893456000000');
    return [answers, await look(queue, 3)];
  },
  'fields of all kinds': async (queue) => {
    await queue.add('ünï 🐎 $1', { backoff: { type: 'fixed', delay: 7 } });
    await queue.redis.hset(`${queue.base}ünï 🐎 $1`, { progress: '{"done":1}', stc: '2', ats: '3', note: 'a\0b' });
    return look(queue, 1);
  },
};

describe('takes what BullMQ takes', () => {
  it.each(Object.entries(USUAL))('%s', async (_case, act) => {
    let byBullMq: number | undefined;
    await compare(async (queue) => {
      const answers = await act(queue);
      byBullMq = queue.takenByBullMq();
      return answers;
    });
    expect(byBullMq).toBe(0);
  });

  it("by the script of BullMQ: jobs of a queue with BullMQ's limiter", async () => {
    let byBullMq = 0;
    await compare(async (queue) => {
      await addAll(queue, 4);
      await queue.queue.setGlobalRateLimit(2, 60_000);
      const answers = await look(queue, 2);
      byBullMq = queue.takenByBullMq();
      return [answers, (await look(queue, 1)).length];
    });
    expect(byBullMq).toBe(2);
  });

  it('by the script of BullMQ: all jobs, where that script is another one than ours was made after', async () => {
    const queue = await openQueue('ours', newName());
    const [script] = Object.entries(queue.redis.scriptsSet).flatMap(([name, one]) =>
      name.startsWith('moveToActive:') ? [one] : [],
    );
    expect(script).toMatchObject({ sha: KNOWN_SCRIPTS.moveToActive });
    Object.assign(script ?? {}, { sha: 'f'.repeat(40) });
    await addAll(queue);
    expect(await look(queue, 3)).toHaveLength(3);
    expect(queue.takenByBullMq()).toBe(3);
  });
});

it('takes a job also when Redis has forgotten the script', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const queue = await openQueue('ours', newName(), server.url);
  await addAll(queue, 6);
  const taken = [await queue.take(), await queue.take()];
  await queue.redis.script('FLUSH');
  for (let n = 0; n < 4; n++) taken.push(await queue.take());
  expect(taken).toEqual(['job-0', 'job-1', 'job-2', 'job-3', 'job-4', 'job-5']);
  expect(queue.takenByBullMq()).toBe(1);
});

it('moves 250 delayed jobs that are due at a time, in their order, and takes all of them', async () => {
  const queue = await openQueue('ours', newName());
  for (let n = 0; n < 600; n++) await queue.add(`due-${n}`, { delay: 1 + Math.floor(n / 50) });
  later(1_000);
  const counts = async () => {
    const { wait = 0, delayed = 0 } = await queue.queue.getJobCounts('wait', 'delayed');
    return { wait, delayed };
  };
  const taken: (string | undefined)[] = [await queue.take()];
  expect(await counts()).toEqual({ wait: 249, delayed: 350 });
  taken.push(await queue.take());
  expect(await counts()).toEqual({ wait: 498, delayed: 100 });
  while (taken.length < 600) taken.push(await queue.take());
  expect(taken).toEqual(Array.from({ length: 600 }, (_, n) => `due-${n}`));
  expect(await queue.take()).toBeUndefined();
});
