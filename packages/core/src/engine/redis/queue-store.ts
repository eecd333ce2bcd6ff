/** What BullMQ can't do with one queue on Redis. */
import type { QueueStore } from '../bullmq/queue-store.js';
import { ADD_SCRIPTS, addingTo } from './adding/waiting.js';
import type { RedisClient } from './connection/connection.js';
import { COUNTS_SCRIPT, countedKeys, readCounts } from './counts.js';
import { FAIR_SCRIPTS, takeTurns } from './fair-rounds.js';
import { READ_SCRIPTS, readJobs, readSizes, readTexts, waitingHeads } from './job-reads.js';
import { claimReuse, confirmReuse, REUSE_SCRIPTS } from './reuse.js';
import { createRedisRuns, RUN_SCRIPTS } from './runs.js';
import { NOTE_RETRY } from './scripts/index.js';
import { createStarts, START_SCRIPTS } from './starts.js';

/** By their names: each with its Lua, and how many of its first arguments are keys. */
export const QUEUE_SCRIPTS = {
  bizinsightsCounts: COUNTS_SCRIPT,
  bizinsightsNoteRetry: { numberOfKeys: 1, lua: NOTE_RETRY },
  ...ADD_SCRIPTS,
  ...FAIR_SCRIPTS,
  ...READ_SCRIPTS,
  ...REUSE_SCRIPTS,
  ...RUN_SCRIPTS,
  ...START_SCRIPTS,
} as const;

/** What it works with. */
export interface RedisQueueStoreOptions {
  readonly name: string;
  /** The beginning of BullMQ's keys of the queue, with its colon. */
  readonly base: string;
  /** Where the turns of its tenants are kept: in the slot of the queue. */
  readonly fair: string;
  /** The beginning of the keys by which its jobs are reused, with its colon: in the slot of the queue. */
  readonly reuse: string;
  /** The beginning of the keys of its rate limits, with its colon: in the slot of the queue. */
  readonly starts: string;
  /** Runs commands once the client is connected, and turns errors into ours. */
  readonly run: <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;
  /** Runs a script by its name with its keys and arguments. */
  readonly call: (name: keyof typeof QUEUE_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>;
  /** The same on a connection that stands, with the errors as they are: its caller sees to both. */
  readonly send: (name: keyof typeof ADD_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>;
}

export function createRedisQueueStore({
  name,
  base,
  fair,
  reuse,
  starts,
  run,
  call,
  send,
}: RedisQueueStoreOptions): QueueStore {
  const toAdd = addingTo(base, starts, name);
  return {
    counts: async () => readCounts(await call('bizinsightsCounts', ...countedKeys(base))),
    async addWaiting(jobs) {
      // BullMQ awaits its client, which is there, before it sends a job of another kind: the order of both stays.
      await undefined;
      await send('bizinsightsAddWaiting', ...toAdd(jobs));
    },
    jobs: (ids) => readJobs(call, base, ids),
    sizes: (ids) => readSizes(call, base, ids),
    texts: (ids) => readTexts(call, base, ids),
    waitingHeads: () => run((client) => waitingHeads(client, base)),
    lastEventId: () =>
      run(async (client) => (await client.xrevrange(`${base}events`, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'),
    takeTurns: (tenants) => takeTurns(call, { base, fair }, tenants),
    takeStart: createStarts(call, { base, starts, fair }),
    claimReuse: (claim) => claimReuse(call, { base, reuse }, claim),
    confirmReuse: (key, id) => confirmReuse(call, { base, reuse }, key, id),
    async noteRetry(ids, from) {
      await call('bizinsightsNoteRetry', base + from, base, ...ids);
    },
    runs: createRedisRuns(base, name, call),
  };
}
