/** What a worker does as a process: what it prints, and how it ends. */
import { type RedisServer, startLoopClock, startRedis } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { type Child, startChild } from './fixtures/child.js';
import { sideQueue, workQueue } from './fixtures/queues.js';

// A process reads all sources first: a second, or many on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis({ appendOnly: true });
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const newJobs = () =>
  createJobs({ connection: server.url, queues: [workQueue, sideQueue], logger: silentLogger, environment: {} });
let jobs: ReturnType<typeof newJobs>;
const children: Child[] = [];
beforeEach(async () => {
  await redis.flushall();
  jobs = newJobs();
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await child.ended;
  }
  await jobs.close();
});

/** A worker with a lock so long that nothing of what follows can come from a lock that ran out. */
async function startWorker(start: object = {}, env: Record<string, string> = {}): Promise<Child> {
  const child = startChild('worker-process.ts', {
    env: { REDIS_URL: server.url, START: JSON.stringify({ lockDuration: 30_000, ...start }), ...env },
  });
  children.push(child);
  await child.prints('started\n');
  return child;
}

const add = (kind: 'wait' | 'listen' | 'stubborn' | 'uncaught' | 'unhandled', ms = 0, name: string = kind) =>
  jobs.queue(workQueue).add({ name, kind, ms });
const untilRunning = (name: string, runs = 1) =>
  vi.waitFor(async () => expect(Number(await redis.hget('runs', name))).toBeGreaterThanOrEqual(runs), 60_000);
const isDone = (name: string) => redis.hexists('done', name);

/** The messages of pino's JSON lines. */
const messages = (child: Child) =>
  child
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): string => JSON.parse(line).msg);

it('prints a warning of its store, a line for each processor, one that says it runs, and statistics', async () => {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  try {
    await add('wait');
    // The code's word counts before that of the environment.
    const child = await startWorker(
      { statsInterval: 200, concurrency: { work: 7 } },
      { JOBS_CONCURRENCY: 'work=3,side-work=2' },
    );
    await child.prints('1 done');
    await child.prints('maxmemory-policy');
    const isWarning = (line: string) => line.startsWith('maxmemory-policy');
    const lines = messages(child).filter((line) => !isWarning(line));
    expect(messages(child).filter(isWarning)).toEqual([
      expect.stringMatching(/^maxmemory-policy is "allkeys-lru": .* Set it to "noeviction"\.$/),
    ]);
    expect(lines.slice(0, 3)).toEqual([
      'Work processor registered (concurrency: 7)',
      'Side Work processor registered (concurrency: 2)',
      `worker ${child.pid} runs on redis 127.0.0.1:${server.port}`,
    ]);
    expect(lines.at(-1)).toMatch(/^work 1 done, 0 running, \d.* ms \| side-work 0 done, 0 running \| \d+ MB$/);
    // BullMQ has its own words for it, on the console: they stay away.
    expect(child.output().match(/maxmemory-policy|Eviction policy/g)).toEqual(['maxmemory-policy']);
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  }
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('lets running jobs finish, takes no others, and exits with 0', async () => {
    await add('wait', 1_000, 'running');
    const child = await startWorker({ concurrency: { work: 1 } });
    await untilRunning('running');
    await add('wait', 0, 'later');
    child.kill(signal);
    expect(await child.ended).toBe(0);
    expect(await isDone('running')).toBe(1);
    expect(await redis.hexists('runs', 'later')).toBe(0);
    expect(messages(child).slice(-2)).toEqual([
      `worker stops (${signal}): waits up to 20000 ms for 1 running jobs`,
      'worker stopped',
    ]);
    expect(await jobs.queue(workQueue).counts()).toMatchObject({ waiting: 1, active: 0, completed: 1 });
  });
});

describe('running jobs that are given back', () => {
  it.each([
    ['by a second signal', {}, ['SIGTERM', 'SIGINT']],
    ['at the time limit', { shutdownTimeout: 300 }, ['SIGTERM']],
  ] as const)('%s are taken by another worker at once, and have lost no attempt', async (_what, start, signals) => {
    const names = ['listen', 'stubborn'] as const;
    const added = await Promise.all(names.map((name) => add(name, 60_000)));
    const child = await startWorker(start);
    for (const name of names) await untilRunning(name);
    const second = await startWorker();

    const clock = startLoopClock();
    for (const [index, signal] of signals.entries()) {
      child.kill(signal);
      if (index < signals.length - 1) await child.prints('worker stops');
    }
    for (const name of names) await untilRunning(name, 2);
    expect(clock.elapsed()).toBeLessThan(5_000);
    clock.stop();
    expect(await child.ended).toBe(0);
    expect(messages(child).at(-1)).toBe('worker stopped; 2 jobs given back to their queues');
    for (const { id } of added) {
      const job = await jobs.queue(workQueue).get(id);
      expect(job).toMatchObject({ state: 'active', attemptsMade: 0, failedReason: undefined, stacktrace: [] });
    }
    second.kill('SIGKILL');
  });
});

it('by default a worker ends before Kubernetes kills it, and jobs go to another one from it and from one that is killed', async () => {
  const start = { lockDuration: undefined, concurrency: { work: 1 } };
  const names = ['given back', 'lost'] as const;
  const workers: Child[] = [];
  const ids: string[] = [];
  for (const name of names) {
    ids.push((await add('stubborn', 60_000, name)).id);
    workers.push(await startWorker(start));
    await untilRunning(name);
  }
  await startWorker({ ...start, concurrency: { work: 2 } });
  const [ending, dying] = workers;
  dying?.kill('SIGKILL');
  ending?.kill('SIGTERM');
  const killed = setTimeout(() => ending?.kill('SIGKILL'), 30_000);
  expect(await ending?.ended).toBe(0);
  clearTimeout(killed);
  for (const name of names) await untilRunning(name, 2);
  const after = await jobs.queue(workQueue).getMany(ids);
  expect(after).toMatchObject([
    { state: 'active', attemptsMade: 0, starts: 2, deaths: 0, putOffs: 1 },
    { state: 'active', attemptsMade: 0, starts: 2, deaths: 1, putOffs: 0 },
  ]);
});

describe('an error that nobody catches', () => {
  it.each([
    ['uncaught', 'uncaughtException', 'thrown where nobody catches it'],
    ['unhandled', 'unhandledRejection', 'rejected where nobody catches it'],
  ] as const)('(%s) is logged; running jobs finish, and the exit code is 1', async (kind, origin, message) => {
    await add('wait', 1_500, 'other');
    await add(kind, 500);
    const child = await startWorker();
    expect(await child.ended).toBe(1);
    expect(await isDone('other')).toBe(1);
    expect(await isDone(kind)).toBe(1);
    const fatal = child
      .output()
      .split('\n')
      .find((line) => line.includes('exits with code 1'));
    expect(JSON.parse(fatal ?? '{}')).toMatchObject({
      level: 50,
      msg: `${origin}: the worker drains and exits with code 1`,
      err: { message, stack: expect.stringContaining('worker-process') },
    });
    expect(messages(child).at(-1)).toBe('worker stopped');
  });
});

it('counts a death for a job whose processor throws an uncaught error, and never ends', async () => {
  const { id } = await add('uncaught', 600_000);
  const child = await startWorker({ shutdownTimeout: 500 });
  expect(await child.ended).toBe(1);
  const job = await jobs.queue(workQueue).get(id);
  expect(job).toMatchObject({ state: 'waiting', attemptsMade: 0, starts: 1, deaths: 1, putOffs: 0 });
});

describe('a signal before the store can be reached', () => {
  it('ends the worker that waits, with exit code 0', async () => {
    const child = startChild('worker-process.ts', { env: { REDIS_URL: 'redis://:secret@127.0.0.1:1' } });
    children.push(child);
    await child.prints('worker waits for the job store');
    child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(child.output()).not.toContain('secret');
    expect(child.output()).not.toContain('started');
  });
});
