/** Our script that ends completed jobs, beside BullMQ's own: whatever reads a queue finds the same. */
import {
  createRedisBackend,
  FlowProducer,
  type IQueueBackend,
  Job,
  type JobsOptions,
  type KeepJobs,
  Queue,
} from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { END_SCRIPTS, endCompletedJobs, KNOWN_SCRIPT } from './completed-jobs.js';

const closing: (() => Promise<unknown> | unknown)[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_893_456_000_000 });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

const WORKER = { name: 'host:7', lockDuration: 30_000 };
const KEEP: KeepJobs = { age: 86_400, count: 1_000 };

interface EndingOptions {
  readonly result?: unknown;
  readonly keep?: boolean | KeepJobs;
  readonly token?: string;
  readonly next?: boolean;
}

/** BullMQ's own backend of the worker of a queue, or one that we have changed. */
async function openQueue(kind: 'theirs' | 'ours', name: string) {
  const redis = new Redis(inject('redisUrl'));
  const prefix = `same-${process.pid}-${kind}`;
  const base = `${prefix}:${name}:`;
  const queue = new Queue(name, { connection: redis, prefix }, createRedisBackend);
  closing.push(
    () => redis.disconnect(),
    () => queue.close(),
    async () => {
      const keys = await redis.keys(`${base}*`);
      if (keys.length > 0) await redis.del(keys);
    },
  );
  await queue.waitUntilReady();
  const backend: IQueueBackend = queue.getBackend();
  Object.assign(queue.opts, WORKER);
  const jobOf = (id: string) => new Job(queue, 'work', {}, { attempts: 3 }, id);
  // BullMQ's script is known to ioredis when it has been called.
  await expect(backend.moveToCompleted(jobOf('nothing'), 0, false, 'none', false)).rejects.toThrow();
  const byBullMq = vi.spyOn(backend, 'moveToCompleted');
  for (const [name, script] of Object.entries(END_SCRIPTS)) redis.defineCommand(name, script);
  const call = (name: keyof typeof END_SCRIPTS, ...args: string[]) =>
    redis.eval(END_SCRIPTS[name].lua, END_SCRIPTS[name].numberOfKeys, ...args);
  if (kind === 'ours') endCompletedJobs(backend, redis, { ...WORKER, concurrency: 50, base, call });
  return {
    redis,
    queue,
    base,
    prefix,
    backend,
    /** How many ends BullMQ's script has carried out, or refused. */
    byBullMq: () => byBullMq.mock.calls.length,
    add: (id: string, options: JobsOptions = {}) =>
      queue.add('work', { text: `"ü" of ${id}` }, { jobId: id, attempts: 3, ...options }),
    async take(token = 'token'): Promise<string | undefined> {
      const [, id] = await backend.moveToActive(token, WORKER.name);
      return id || undefined;
    },
    async addFlow(parent: string, children: readonly string[]): Promise<void> {
      const flows = new FlowProducer({ connection: redis, prefix }, createRedisBackend);
      const opts = (id: string) => ({ opts: { jobId: id, attempts: 3 } });
      const child = (id: string) => ({ name: 'work', queueName: name, ...opts(id) });
      await flows.add({ ...child(parent), children: children.map(child) });
      await flows.close();
    },
    /** The answer of the end, or the code with which it was refused. */
    end: (id: string, { result = { id }, keep = KEEP, token = 'token', next = true }: EndingOptions = {}) =>
      backend.moveToCompleted(jobOf(id), result, keep, token, next).then(
        (ended) => ended,
        (error) => ({ code: error.code }),
      ),
    async state(): Promise<unknown> {
      const keys = (await redis.keys(`${base}*`)).sort();
      const values = await Promise.all(keys.map(async (key) => [key, await contentOf(redis, key)]));
      return JSON.parse(JSON.stringify(values).replaceAll(prefix, 'prefix'));
    },
  };
}

type TestQueue = Awaited<ReturnType<typeof openQueue>>;

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return [await redis.get(key), (await redis.pttl(key)) > 0];
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return (await redis.smembers(key)).sort();
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'hash':
      return Object.entries(await redis.hgetall(key)).sort(([a], [b]) => (a < b ? -1 : 1));
    case 'stream':
      return (await redis.xrange(key, '-', '+')).map(([, fields]) => fields);
    default:
      return undefined;
  }
}

let names = 0;

/** Does the same to two queues, and compares what it answers and what is left. Returns how many ends BullMQ's script made of ours. */
async function compare(act: (queue: TestQueue) => Promise<unknown>): Promise<number> {
  const name = `q${++names}`;
  const outcomes = [];
  const start = Date.now();
  let byBullMq = 0;
  for (const kind of ['theirs', 'ours'] as const) {
    vi.setSystemTime(start);
    const queue = await openQueue(kind, name);
    const answers = await act(queue);
    outcomes.push({
      answers: JSON.parse(JSON.stringify(answers ?? []).replaceAll(queue.prefix, 'prefix')),
      state: await queue.state(),
    });
    byBullMq = queue.byBullMq();
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  return byBullMq;
}

/** Ends all jobs that are there, one after the other, each with the next one that its end has taken. */
async function endAll({ take, end }: TestQueue, options: EndingOptions = {}): Promise<unknown[]> {
  const answers: unknown[] = [];
  let id = await take();
  while (id) {
    vi.setSystemTime(Date.now() + 1_000);
    const answer = await end(id, options);
    answers.push(answer);
    id = 'result' in answer && Array.isArray(answer.result) && answer.result[0] ? answer.result[1] : undefined;
  }
  return answers;
}

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

const ids = (count: number) => Array.from({ length: count }, (_, n) => `job-${n}`);
const addAll = async ({ add }: TestQueue, count = 3, options: JobsOptions = {}) => {
  for (const id of ids(count)) await add(id, options);
};

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

  it.each(TOGETHER)('jobs that end together: %s', async (_case, byBullMq, act) => {
    expect(await compare(act)).toBe(byBullMq);
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

  it('by the script of BullMQ: all jobs, where that script is another one than ours was made after', async () => {
    const queue = await openQueue('ours', `q${++names}`);
    const [script] = Object.entries(queue.redis.scriptsSet).flatMap(([name, one]) =>
      name.startsWith('moveToFinished:') ? [one] : [],
    );
    expect(script).toMatchObject({ sha: KNOWN_SCRIPT });
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
