/** Our script that ends jobs together, beside BullMQ's own for each: whatever reads a queue finds the same. */
import { describe, expect, it, vi } from 'vitest';
import {
  addAll,
  compare,
  type EndingOptions,
  endAll,
  ids,
  type TestQueue,
  useTwinQueues,
} from './fixtures/twin-queues.js';

useTwinQueues();

/** Ends jobs at the same time. Answers as their ends do, in their order. */
function endTogether({ end }: TestQueue, jobs: readonly string[], options: EndingOptions = {}): Promise<unknown[]> {
  vi.setSystemTime(Date.now() + 1_000);
  return Promise.all(jobs.map((id) => end(id, options)));
}

/** Takes jobs, each with the same token. */
async function takeSome({ take }: TestQueue, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push((await take()) ?? '');
  return taken;
}

/** Ends so many jobs together, and those that their ends have taken, until there are no more. */
async function endAllTogether(queue: TestQueue, count: number, options: EndingOptions = {}): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (let jobs = await takeSome(queue, count); jobs.length > 0; ) {
    const all = await endTogether(queue, jobs, options);
    answers.push(all);
    jobs = all.flatMap((answer) => nextOf(answer) ?? []);
  }
  return answers;
}

/** The job that an end has taken. */
function nextOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('result' in answer) || !Array.isArray(answer.result))
    return undefined;
  return answer.result[0] ? String(answer.result[1]) : undefined;
}

/** What ends together. The number is of the ends that BullMQ's script carries out. */
const TOGETHER: readonly (readonly [string, number, (queue: TestQueue) => Promise<unknown>])[] = [
  [
    'five at a time, twelve in all',
    0,
    async (queue) => {
      await addAll(queue, 12);
      return endAllTogether(queue, 5);
    },
  ],
  [
    'more than one script ends',
    0,
    async (queue) => {
      await addAll(queue, 40);
      return endAllTogether(queue, 19);
    },
  ],
  [
    'ids and results of all kinds',
    0,
    async (queue) => {
      const results = [undefined, null, '', 'žluťoučký 🐎\r\n$5\r\n', '\u0000', { ключ: ['值'] }, 'x'.repeat(70_000)];
      for (const n of results.keys()) await queue.add(`ünï 🐎 $${n}`);
      const taken = await takeSome(queue, results.length);
      return Promise.all(taken.map((id, n) => queue.end(id, { result: results[n] })));
    },
  ],
  [
    'each with a token of its own, of which one takes no next job',
    0,
    async (queue) => {
      await addAll(queue, 9);
      const taken = [await queue.take('a'), await queue.take('b'), await queue.take('c')];
      vi.setSystemTime(Date.now() + 1_000);
      return Promise.all(taken.map((id = '', n) => queue.end(id, { token: 'abc'[n] ?? '', next: n !== 1 })));
    },
  ],
  [
    'no next jobs wanted',
    0,
    async (queue) => {
      await addAll(queue, 7);
      return [await endAllTogether(queue, 4, { next: false }), await endAllTogether(queue, 3, { next: false })];
    },
  ],
  [
    'none kept',
    0,
    async (queue) => {
      await addAll(queue, 12);
      for (const id of ids(12)) await queue.redis.rpush(`${queue.base}${id}:logs`, 'a line');
      return endAllTogether(queue, 5, { keep: { count: 0 } });
    },
  ],
  [
    'all kept',
    0,
    async (queue) => {
      await addAll(queue, 12);
      return endAllTogether(queue, 5, { keep: false });
    },
  ],
  [
    'a number kept, with their logs removed, until it is reached and behind it',
    0,
    async (queue) => {
      await addAll(queue, 40);
      for (const id of ids(40)) await queue.redis.rpush(`${queue.base}${id}:logs`, 'a line');
      return endAllTogether(queue, 6, { keep: { count: 8 } });
    },
  ],
  [
    'fewer kept than end',
    0,
    async (queue) => {
      await addAll(queue, 12);
      await endAllTogether(queue, 2, { keep: { count: 2 }, next: false });
      return endTogether(queue, await takeSome(queue, 2), { keep: { count: 2 } });
    },
  ],
  [
    'an age kept',
    0,
    async (queue) => {
      await addAll(queue, 20);
      return endAllTogether(queue, 4, { keep: { age: 2.5 } });
    },
  ],
  [
    'a number and an age kept',
    0,
    async (queue) => {
      await addAll(queue, 30);
      return endAllTogether(queue, 3, { keep: { count: 7, age: 30, limit: 100 } });
    },
  ],
  [
    'jobs with priorities, and delayed ones that become due',
    0,
    async (queue) => {
      await addAll(queue, 5);
      for (let n = 0; n < 4; n++) await queue.add(`urgent-${n}`, { priority: 4 - n });
      for (let n = 0; n < 4; n++) await queue.add(`due-${n}`, { delay: 900 + n, priority: n % 2 });
      await queue.add('later', { delay: 60_000 });
      return endAllTogether(queue, 3);
    },
  ],
  [
    'a queue that is paused meanwhile',
    0,
    async (queue) => {
      await addAll(queue, 8);
      const taken = await takeSome(queue, 4);
      await queue.queue.pause();
      await queue.add('due', { delay: 1 });
      return endTogether(queue, taken);
    },
  ],
  [
    'a queue that may run fewer jobs',
    0,
    async (queue) => {
      await addAll(queue, 12);
      const taken = await takeSome(queue, 6);
      await queue.queue.setGlobalConcurrency(3);
      return endTogether(queue, taken);
    },
  ],
  [
    'jobs in the set of those that may be lost',
    0,
    async (queue) => {
      await addAll(queue, 8);
      const taken = await takeSome(queue, 4);
      await queue.redis.sadd(`${queue.base}stalled`, ...taken, 'another');
      return endTogether(queue, taken);
    },
  ],
  [
    'one that is gone, one without its lock and one that is not active, the last of them',
    3,
    async (queue) => {
      await addAll(queue, 12);
      const taken = await takeSome(queue, 6);
      await queue.redis.del(queue.base + taken[3]);
      await queue.redis.del(`${queue.base}${taken[4]}:lock`);
      await queue.redis.lrem(`${queue.base}active`, 1, taken[5] ?? '');
      return endTogether(queue, taken);
    },
  ],
  [
    'one that is not active, with earlier jobs to remove by their number',
    1,
    async (queue) => {
      await addAll(queue, 20);
      await endTogether(queue, await takeSome(queue, 6), { keep: { count: 6 }, next: false });
      const taken = await takeSome(queue, 4);
      await queue.redis.lrem(`${queue.base}active`, 1, taken[3] ?? '');
      return endTogether(queue, taken, { keep: { count: 6 } });
    },
  ],
  [
    'the same job twice',
    1,
    async (queue) => {
      await addAll(queue, 4);
      const [id = ''] = await takeSome(queue, 1);
      return endTogether(queue, [id, id]);
    },
  ],
  [
    'a parent behind jobs that are none',
    1,
    async (queue) => {
      await queue.addFlow('parent', ['one']);
      await endAll(queue, { next: false });
      await addAll(queue, 3);
      const taken = (await takeSome(queue, 4)).sort();
      return endTogether(queue, taken);
    },
  ],
  [
    'more earlier jobs to remove than end',
    4,
    async (queue) => {
      await addAll(queue, 20);
      await endTogether(queue, await takeSome(queue, 12), { keep: false, next: false });
      return endTogether(queue, await takeSome(queue, 4), { keep: { count: 5 } });
    },
  ],
  [
    "BullMQ's limiter",
    3,
    async (queue) => {
      await addAll(queue, 4);
      const taken = await takeSome(queue, 3);
      await queue.queue.setGlobalRateLimit(9, 60_000);
      return (await endTogether(queue, taken, { next: false })).length;
    },
  ],
];

/** The same for the same seed: jobs of all kinds are added, taken, and ended some at a time, each time with other terms. */
async function runAtRandom(queue: TestQueue, seed: number): Promise<unknown[]> {
  let random = seed;
  const below = (limit: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % limit;
  };
  const keeps = [
    { age: 86_400, count: 1_000 },
    false,
    { count: 0 },
    { count: 9 },
    { age: 3 },
    { count: 7, age: 9, limit: 100 },
  ];
  const answers: unknown[] = [];
  let running: string[] = [];
  for (let n = 0; n < 60; n++) {
    for (let added = below(8); added >= 0; added--) {
      const id = `${n}-${added}`;
      const kinds = [
        {},
        {},
        { priority: 1 + below(3) },
        { delay: 1 + below(3_000), priority: below(2) },
        { lifo: true },
      ];
      await queue.add(id, kinds[below(kinds.length)]);
    }
    for (let taken = below(6); taken >= 0; taken--) {
      const id = await queue.take();
      if (id) running.push(id);
    }
    if (below(9) === 0) await (below(2) ? queue.queue.pause() : queue.queue.resume());
    if (below(9) === 0) await queue.queue.setGlobalConcurrency(1 + below(12));
    if (below(5) === 0) await queue.redis.sadd(`${queue.base}stalled`, 'odd', ...running);
    const ended = running.splice(0, below(running.length + 1));
    const all = await endTogether(queue, ended, { keep: keeps[below(keeps.length)] ?? false, next: below(6) > 0 });
    running = [...running, ...all.flatMap((answer) => nextOf(answer) ?? [])];
    answers.push(all, [...running]);
  }
  return answers;
}

describe('leaves behind what BullMQ leaves', () => {
  it.each(TOGETHER)('jobs that end together: %s', async (_case, byBullMq, act) => {
    expect(await compare(act)).toBe(byBullMq);
  });

  it.each([1, 2, 3, 4])('jobs that end together: a random course of a queue, %i', async (seed) => {
    await compare((queue) => runAtRandom(queue, seed));
  });

  it('jobs that end together in the moment in which those to remove have ended', async () => {
    const act = async (queue: TestQueue) => {
      await addAll(queue, 40);
      await queue.add('due', { delay: 1 });
      await queue.addFlow('parent', ['child']);
      const taken = [];
      for (let n = 0; n < 20; n++) taken.push((await queue.take()) ?? '');
      vi.setSystemTime(Date.now() + 1_000);
      return Promise.all(taken.map((id) => queue.end(id, { keep: { count: 5 } })));
    };
    await compare(act);
  });
});
