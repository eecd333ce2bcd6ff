/** Our script that ends completed jobs, beside BullMQ's own: whatever reads a queue finds the same. */
import { Job, type JobsOptions } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import {
  addAll,
  compare,
  endAll,
  ids,
  KEEP,
  newName,
  openQueue,
  type TestQueue,
  useTwinQueues,
} from './fixtures/twin-queues.js';
import { KNOWN_SCRIPTS } from './own-scripts.js';

useTwinQueues();

/** What is done to a queue, by whether our script does it. */
const USUAL: Record<string, (queue: TestQueue) => Promise<unknown>> = {
  'jobs one after the other': async (queue) => {
    await addAll(queue);
    return endAll(queue);
  },
  'ids and results of all kinds': async (queue) => {
    const results = [
      undefined,
      null,
      0,
      '',
      'žluťoučký 🐎\r\n$5\r\n',
      '\u0000',
      [],
      { ключ: ['值'] },
      'x'.repeat(70_000),
    ];
    const answers = [];
    for (const [n, result] of results.entries()) {
      await queue.add(`ünï 🐎 $${n}`);
      answers.push(await queue.end((await queue.take()) ?? '', { result }));
    }
    return answers;
  },
  'jobs with options of their own, and some with those of others': async (queue) => {
    const all: readonly JobsOptions[] = [
      {},
      { attempts: 7, backoff: { type: 'exponential', delay: 500, jitter: 0.5 } },
      { backoff: 300, removeOnComplete: { age: 5, count: 2 }, removeOnFail: true },
      { lifo: false, keepLogs: 3, stackTraceLimit: 2, sizeLimit: 9_000 },
      { telemetry: { metadata: 'traceparent', omitContext: true } },
    ];
    for (let n = 0; n < 3 * all.length; n++) await queue.add(`job-${n}`, all[n % all.length]);
    await queue.redis.hset(`${queue.base}job-4`, { progress: '{"done":1}', stc: '2', ats: '3', attemptsMade: '1' });
    await queue.redis.hset(`${queue.base}job-5`, {
      progress: '"half"',
      atm: '2',
      stacktrace: '["a line"]',
      failedReason: 'x',
    });
    return endAll(queue);
  },
  'no next job wanted': async (queue) => {
    await addAll(queue);
    return [await queue.end((await queue.take()) ?? '', { next: false }), await endAll(queue, { next: false })];
  },
  'the last ones without a next one': async (queue) => {
    await addAll(queue, 1);
    return queue.end((await queue.take()) ?? '', { next: false });
  },
  'none kept': async (queue) => {
    await addAll(queue);
    await queue.redis.rpush(`${queue.base}job-0:logs`, 'a line');
    return endAll(queue, { keep: { count: 0 } });
  },
  'all kept': async (queue) => {
    await addAll(queue);
    return [await endAll(queue, { keep: false }), await endAll(queue, { keep: { count: -1 } })];
  },
  'a number kept, with their logs removed': async (queue) => {
    await addAll(queue, 8);
    for (const id of ids(8)) await queue.redis.rpush(`${queue.base}${id}:logs`, 'a line');
    return endAll(queue, { keep: { count: 3 } });
  },
  'an age kept': async (queue) => {
    await addAll(queue, 8);
    return endAll(queue, { keep: { age: 2.5 } });
  },
  'a number and an age kept': async (queue) => {
    await addAll(queue, 10);
    return endAll(queue, { keep: { count: 3, age: 30, limit: 100 } });
  },
  'jobs with priorities': async (queue) => {
    await queue.add('low', { priority: 9 });
    await queue.add('high', { priority: 2 });
    await queue.add('plain');
    await queue.add('high too', { priority: 2 });
    return endAll(queue);
  },
  'delayed jobs that become due': async (queue) => {
    await addAll(queue, 2);
    await queue.add('soon', { delay: 1_500 });
    await queue.add('soon, first', { delay: 1_400, priority: 3 });
    await queue.add('later', { delay: 60_000 });
    return endAll(queue);
  },
  'a queue that is paused meanwhile': async (queue) => {
    await addAll(queue);
    const id = (await queue.take()) ?? '';
    await queue.queue.pause();
    await queue.add('due', { delay: 1 });
    vi.setSystemTime(Date.now() + 1_000);
    return queue.end(id);
  },
  'a queue that may run no more jobs': async (queue) => {
    await addAll(queue, 4);
    const taken = [await queue.take(), await queue.take(), await queue.take()];
    await queue.queue.setGlobalConcurrency(2);
    const answers = [];
    for (const id of taken) answers.push(await queue.end(id ?? ''));
    return answers;
  },
  'jobs in the set of those that may be lost': async (queue) => {
    await addAll(queue);
    const id = (await queue.take()) ?? '';
    await queue.redis.sadd(`${queue.base}stalled`, id, 'another');
    return queue.end(id);
  },
  'a second attempt': async (queue) => {
    await addAll(queue, 2);
    const id = (await queue.take()) ?? '';
    await queue.backend.retryJob(id, false, 'token');
    return endAll(queue);
  },
  'a next job whose data is gone': async (queue) => {
    await addAll(queue, 2);
    const id = (await queue.take()) ?? '';
    await queue.redis.del(`${queue.base}job-1`);
    return queue.end(id);
  },
  'a next job that has a zero byte in a field': async (queue) => {
    await addAll(queue, 2);
    const id = (await queue.take()) ?? '';
    await queue.redis.hset(`${queue.base}job-1`, 'failedReason', 'a\0b');
    return queue.end(id);
  },
  'a marker of BullMQ 4 before a job with a priority': async (queue) => {
    await queue.add('first');
    const id = (await queue.take()) ?? '';
    await queue.add('second', { priority: 1 });
    await queue.redis.rpush(`${queue.base}wait`, '0:0');
    return queue.end(id);
  },
};

/** An end that is left to BullMQ, or refused. */
const UNUSUAL: Record<string, (queue: TestQueue) => Promise<unknown>> = {
  'a job that is gone': async (queue) => queue.end('gone'),
  'a job that was removed while it ran': async (queue) => {
    await addAll(queue, 2);
    const id = (await queue.take()) ?? '';
    await queue.redis.del(queue.base + id);
    return queue.end(id);
  },
  'a lost lock': async (queue) => {
    await addAll(queue, 2);
    const id = (await queue.take()) ?? '';
    await queue.redis.del(`${queue.base}${id}:lock`);
    return queue.end(id);
  },
  "another worker's lock": async (queue) => {
    await addAll(queue, 2);
    return queue.end((await queue.take('another')) ?? '');
  },
  'a job that is not active': async (queue) => {
    await addAll(queue, 2);
    const id = (await queue.take()) ?? '';
    await queue.redis.lrem(`${queue.base}active`, 1, id);
    return [await queue.end(id), await queue.end(id)];
  },
  'a deduplication': async (queue) => {
    await queue.add('one', { deduplication: { id: 'same' } });
    await queue.add('two', { deduplication: { id: 'same' } });
    return endAll(queue);
  },
  'a deduplication that keeps the last one': async (queue) => {
    await queue.add('one', { deduplication: { id: 'same', keepLastIfActive: true } });
    const id = (await queue.take()) ?? '';
    await queue.add('two', { deduplication: { id: 'same', keepLastIfActive: true } });
    return queue.end(id);
  },
  'children and their parent': async (queue) => {
    await queue.addFlow('parent', ['one', 'two']);
    return endAll(queue);
  },
  'a child that is not kept': async (queue) => {
    await queue.addFlow('parent', ['one', 'two']);
    return endAll(queue, { keep: { count: 0 } });
  },
  'children that have not ended': async (queue) => {
    await queue.add('parent');
    const id = (await queue.take()) ?? '';
    await queue.queue.add(
      'work',
      {},
      { jobId: 'child', delay: 5, parent: { id, queue: `${queue.prefix}:${queue.queue.name}` } },
    );
    return queue.end(id);
  },
  'earlier jobs to remove, more than one': async (queue) => {
    await addAll(queue, 8);
    await endAll(queue, { keep: false });
    await queue.add('last');
    return endAll(queue, { keep: { count: 2 } });
  },
  'earlier jobs that are all too old': async (queue) => {
    await addAll(queue, 8);
    await endAll(queue, { keep: false });
    vi.setSystemTime(Date.now() + 60_000);
    await queue.add('last');
    return endAll(queue, { keep: { age: 30, count: 5 } });
  },
  'earlier jobs of the same moment': async (queue) => {
    await addAll(queue, 3);
    let id = await queue.take();
    const answers = [];
    for (; id; id = await queue.take()) answers.push(await queue.end(id, { keep: { count: 1 }, next: false }));
    return answers;
  },
  'an earlier job that is gone': async (queue) => {
    await addAll(queue, 3);
    await queue.redis.zadd(`${queue.base}completed`, 1, 'gone');
    return endAll(queue, { keep: { count: 1 } });
  },
  'an earlier job that has a parent': async (queue) => {
    await queue.addFlow('parent', ['one']);
    await queue.add('two');
    return endAll(queue, { keep: { count: 1 } });
  },
  "BullMQ's limiter": async (queue) => {
    await addAll(queue, 4);
    await queue.queue.setGlobalRateLimit(2, 60_000);
    // The rest of the minute is in the last answer.
    return (await endAll(queue)).length;
  },
  'a queue whose events have no length yet': async (queue) => {
    await addAll(queue, 1);
    const id = (await queue.take()) ?? '';
    await queue.redis.hdel(`${queue.base}meta`, 'opts.maxLenEvents');
    return queue.end(id);
  },
};

describe('leaves behind what BullMQ leaves', () => {
  it.each(Object.entries(USUAL))('%s', async (_case, act) => {
    expect(await compare(act)).toBe(0);
  });

  it.each(Object.entries(UNUSUAL))('by the script of BullMQ: %s', async (_case, act) => {
    expect(await compare(act)).toBeGreaterThan(0);
  });

  it('by the script of BullMQ: all jobs, where that script is another one than ours was made after', async () => {
    const queue = await openQueue('ours', newName());
    const [script] = Object.entries(queue.redis.scriptsSet).flatMap(([name, one]) =>
      name.startsWith('moveToFinished:') ? [one] : [],
    );
    expect(script).toMatchObject({ sha: KNOWN_SCRIPTS.moveToFinished });
    Object.assign(script ?? {}, { sha: 'f'.repeat(40) });
    await addAll(queue);
    expect(await endAll(queue)).toHaveLength(3);
    expect(queue.byBullMq()).toBe(3);
  });

  it.each([1, 2])('a random course of a queue, %i', async (seed) => {
    await compare((queue) => runAtRandom(queue, seed));
  });
});

/** The same for the same seed: additions of all kinds, ends of all kinds, and what is done to a queue meanwhile. */
async function runAtRandom(queue: TestQueue, seed: number): Promise<unknown[]> {
  let random = seed;
  const below = (limit: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % limit;
  };
  const running: { id: string; token: string }[] = [];
  const answers: unknown[] = [];
  const keeps = [KEEP, false, { count: 0 }, { count: 3 }, { age: 2 }, { count: 4, age: 3, limit: 100 }] as const;
  const endOne = async () => {
    const [job] = running.splice(below(running.length), 1);
    if (!job) return undefined;
    const answer = await queue.end(job.id, {
      token: job.token,
      keep: keeps[below(keeps.length)] ?? KEEP,
      next: below(8) > 0,
    });
    if ('result' in answer && Array.isArray(answer.result) && answer.result[0])
      running.push({ id: answer.result[1], token: job.token });
    return answer;
  };
  const acts: readonly ((n: number) => Promise<unknown>)[] = [
    (n) => queue.add(`plain-${n}`),
    (n) => queue.add(`urgent-${n}`, { priority: 1 + below(3) }),
    (n) => queue.add(`later-${n}`, { delay: 1 + below(3_000), priority: below(2) }),
    (n) => queue.add(`first-${n}`, { lifo: true }),
    (n) =>
      below(3)
        ? queue.add(`one-${n}`, { deduplication: { id: `same-${below(2)}` } })
        : queue.addFlow(`parent-${n}`, [`child-${n}`]),
    async (n) => {
      const id = await queue.take(`token-${n}`);
      if (id) running.push({ id, token: `token-${n}` });
      return id;
    },
    ...[endOne, endOne, endOne],
    async (n) => {
      const [first] = running;
      const rare: readonly (() => Promise<unknown>)[] = [
        () => queue.queue.pause(),
        ...[() => queue.queue.resume(), () => queue.queue.resume()],
        () => queue.redis.sadd(`${queue.base}stalled`, [`odd-${n}`, ...running.map(({ id }) => id)]),
        async () => first && queue.redis.del(`${queue.base}${first.id}:lock`),
        async () => first && queue.redis.del(queue.base + first.id),
      ];
      await rare[below(3 * rare.length)]?.();
    },
  ];
  for (let n = 0; n < 200; n++) {
    vi.setSystemTime(Date.now() + below(400));
    answers.push((await acts[below(acts.length)]?.(n)) instanceof Job ? 'added' : undefined);
  }
  answers.push(running);
  return answers;
}
