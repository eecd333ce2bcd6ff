/** For how long one command of Redis keeps all others waiting, as a queue gets longer. */
import { createJobs, defineProcessor, defineQueue, type Jobs, silentLogger } from '@bizinsights/jobs-core';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

/** ms */
const GOAL = 20;
const BATCH = 10_000;
const TENANTS = 100;

/** More than half of BullMQ's priorities, from where on a fair queue's are lowered. */
const HIGH = 1_200_000;

/** Jobs that are run, or added, while something is done in parts. */
const FEW = 100;

/** Failed jobs that are retried, and running ones whose worker has died, at most. */
const MOST_MOVED = 10_000;

const queue = defineQueue({
  name: 'long',
  schema: z.object({ n: z.number() }),
  defaults: { attempts: 1, retention: { completed: { count: 1_000 } } },
});
const fairQueue = defineQueue({
  name: 'turns',
  schema: z.object({ n: z.number() }),
  tenant: ({ n }) => `t${n % TENANTS}`,
  fair: true,
});

interface Place {
  readonly redis: Redis;
  readonly jobs: Jobs<readonly [typeof queue, typeof fairQueue]>;
  readonly size: number;
}

/** What is done to a queue of so many jobs: `prepare` is not measured. */
interface Operation {
  readonly name: string;
  prepare(place: Place): Promise<unknown>;
  run(place: Place): Promise<unknown>;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'counts, pages of lists, pause and resume',
    prepare: (place) => add(place),
    async run({ jobs }) {
      const handle = jobs.queue(queue);
      for (const state of ['waiting', 'delayed', 'completed'] as const) await handle.list({ state, limit: 100 });
      await handle.counts();
      await handle.pause();
      await handle.resume();
    },
  },
  { name: 'empty', prepare: (place) => add(place), run: ({ jobs }) => jobs.queue(queue).empty() },
  {
    name: 'lower the priorities of a fair queue',
    async prepare(place) {
      await addMany(place.size, (entries) => place.jobs.queue(fairQueue).addMany(entries));
      await raise(place);
    },
    async run({ jobs }) {
      for (let n = 0; n < FEW; n++) await jobs.queue(fairQueue).add({ n });
    },
  },
  {
    name: 'first trim of the completed jobs',
    prepare: (place) => keep(place, 'completed'),
    run: async (place) => {
      await place.jobs.queue(queue).addMany(entriesOf(0, FEW));
      await work(place, FEW);
    },
  },
  {
    name: 'clean the completed jobs',
    prepare: (place) => keep(place, 'completed'),
    run: ({ jobs, size }) => jobs.queue(queue).clean({ state: 'completed', limit: size }),
  },
  {
    name: 'retry failed jobs',
    async prepare(place) {
      await add(place);
      await move(
        place,
        `redis.call('ZADD', base .. 'failed', index, id)
        redis.call('HSET', base .. id, 'finishedOn', index, 'failedReason', 'no', 'atm', 1)`,
      );
    },
    run: ({ jobs, size }) => jobs.queue(queue).retryFailed({ limit: Math.min(size, MOST_MOVED) }),
  },
  {
    name: 'delayed jobs that are due at once',
    async prepare(place) {
      await add(place);
      await move(
        place,
        `redis.call('ZADD', base .. 'delayed', 4096 + index, id)
        redis.call('HSET', base .. id, 'delay', 1)`,
      );
    },
    run: (place) => work(place, FEW),
  },
  {
    name: 'running jobs whose worker has died',
    async prepare(place) {
      const size = Math.min(place.size, MOST_MOVED);
      await add({ ...place, size });
      await move(
        { ...place, size },
        `redis.call('RPUSH', base .. 'active', id)
        redis.call('SADD', base .. 'stalled', id)`,
      );
    },
    run: (place) => work(place, FEW),
  },
];

export const longestScript: Subject = {
  name: 'longest-script',
  about: `the longest time that Redis spends on one command, with 3,000, 30,000 and 300,000 jobs`,
  async run(bench) {
    const rows: Row[] = [];
    const redis = new Redis(bench.redis.url);
    try {
      for (const operation of OPERATIONS) {
        for (const size of [3_000, 30_000, ...(bench.quick ? [] : [300_000])]) {
          bench.say(`longest-script: ${operation.name}, ${count(size)} jobs`);
          rows.push(await measure(bench, redis, operation, size));
        }
      }
    } finally {
      redis.disconnect();
    }
    await bench.flush();
    return rows;
  },
};

async function measure(bench: Bench, redis: Redis, operation: Operation, size: number): Promise<Row> {
  await bench.flush();
  const jobs = createJobs({
    connection: bench.redis.url,
    queues: [queue, fairQueue],
    logger: silentLogger,
    environment: {},
  });
  const place = { redis, jobs, size };
  try {
    await operation.prepare(place);
    await redis.config('SET', 'slowlog-log-slower-than', '500');
    await redis.config('SET', 'slowlog-max-len', '100000');
    await redis.slowlog('RESET');
    const began = performance.now();
    await operation.run(place);
    const ms = performance.now() - began;
    const longest = await longestOf(redis);
    return {
      subject: `${operation.name}, ${count(size)} jobs`,
      jobs: `longest command ${longest.toFixed(1)} ms; in all ${count(Math.round(ms))} ms`,
      goal: `under ${GOAL} ms`,
    };
  } finally {
    await jobs.close();
  }
}

const slowEntries = z.array(z.tuple([z.number(), z.number(), z.number()]).rest(z.unknown()));

/** ms */
async function longestOf(redis: Redis): Promise<number> {
  const entries = slowEntries.parse(await redis.slowlog('GET', '-1'));
  return Math.max(0, ...entries.map(([, , microseconds]) => microseconds)) / 1_000;
}

function entriesOf(start: number, size: number) {
  return Array.from({ length: size }, (_, n) => ({ data: { n: start + n } }));
}

async function addMany(size: number, send: (entries: ReturnType<typeof entriesOf>) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < size; start += BATCH) await send(entriesOf(start, Math.min(BATCH, size - start)));
}

async function add({ jobs, size }: Place): Promise<void> {
  await addMany(size, (entries) => jobs.queue(queue).addMany(entries));
}

/** Moves all that waits to where it is looked for, by Lua for one \`id\`. */
async function move({ redis, size }: Place, lua: string): Promise<void> {
  const base = `bull:${queue.name}:`;
  const script = `local base = KEYS[1]
    for index, id in ipairs(redis.call('LPOP', base .. 'wait', ARGV[1]) or {}) do ${lua} end`;
  for (let start = 0; start < size; start += BATCH) await redis.eval(script, 1, base, BATCH);
}

/** Jobs that have ended at other times, as a host has them that had no such limit before. */
async function keep({ redis, size }: Place, state: 'completed'): Promise<void> {
  const base = `bull:${queue.name}:`;
  const begun = Date.now() - size * 1_000;
  const script = `for n = ARGV[1], ARGV[2] do
    local ended = ARGV[3] + n * 1000
    redis.call('ZADD', KEYS[1] .. ARGV[4], string.format('%.0f', ended), 'old-' .. n)
    redis.call('HSET', KEYS[1] .. 'old-' .. n, 'name', 'long', 'data', '{"n":1}', 'opts', '{}', 'timestamp', ended, 'finishedOn', ended)
  end`;
  for (let start = 0; start < size; start += BATCH)
    await redis.eval(script, 1, base, start, Math.min(start + BATCH, size) - 1, begun, state);
}

/** As if so many rounds had been served before. */
async function raise({ redis }: Place): Promise<void> {
  const script = `for _, id in ipairs(redis.call('ZRANGE', KEYS[1] .. 'prioritized', ARGV[1], ARGV[2])) do
      redis.call('HINCRBY', KEYS[1] .. id, 'priority', ${HIGH})
    end`;
  const base = `bull:${fairQueue.name}:`;
  const waiting = await redis.zcard(`${base}prioritized`);
  for (let start = 0; start < waiting; start += BATCH) await redis.eval(script, 1, base, start, start + BATCH - 1);
  const scores = `${base}prioritized`;
  await redis.zunionstore('raised', 1, scores);
  await redis.eval(
    `for index = 0, ${waiting}, 1000 do
      local found = redis.call('ZRANGE', 'raised', index, index + 999, 'WITHSCORES')
      for n = 1, #found, 2 do
        redis.call('ZADD', KEYS[1], string.format('%.17g', found[n + 1] + ${HIGH} * 4294967296), found[n])
      end
    end
    redis.call('DEL', 'raised')`,
    1,
    scores,
  );
  const fair = (await redis.keys(`bizinsights*{${fairQueue.name}}:fair`))[0] ?? '';
  for (const field of await redis.hkeys(fair)) await redis.hincrby(fair, field, HIGH);
}

/** Runs so many of them. */
async function work({ jobs }: Place, runs: number): Promise<void> {
  let done = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const process = () => {
    done += 1;
    if (done === runs) finish();
  };
  jobs.registerProcessor(defineProcessor({ queue, process, concurrency: 10 }));
  const worker = await jobs.startWorker({ handleSignals: false });
  await finished;
  await worker.close();
}
