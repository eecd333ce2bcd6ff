/** What attempts keep on Redis. All keys of a queue's jobs and of what is kept for them are in one slot of a Cluster. */
import { type AttemptRef, type AttemptStore, LIFE } from '../bullmq/attempt-store.js';
import { decodeSaved } from '../saved-fields.js';

/** KEYS job · ARGV started, addedAt … · whether the attempt is the last one that has begun */
const IS_LAST = `
local function isLast(key, started, addedAt)
  local job = redis.call('HMGET', key, 'ats', 'timestamp')
  return tonumber(job[1] or 0) == tonumber(started) and tonumber(job[2] or 0) == tonumber(addedAt)
end`;

/** KEYS job, saved · ARGV started, addedAt */
const SAVED = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) then return false end
return redis.call('HGETALL', KEYS[2])`;

/** KEYS job, saved, completed · ARGV started, addedAt, id, field, value, ttl ms */
const SAVE = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) or redis.call('ZSCORE', KEYS[3], ARGV[3]) then return 0 end
if redis.call('HGET', KEYS[2], '${LIFE}') ~= ARGV[2] then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[2], '${LIFE}', ARGV[2])
end
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1`;

/** KEYS job, saved · ARGV started, addedAt */
const FORGET = `${IS_LAST}
if redis.call('HGET', KEYS[2], '${LIFE}') ~= ARGV[2] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 and not isLast(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
return redis.call('DEL', KEYS[2])`;

/** As BullMQ's updateProgress. KEYS job, events, meta · ARGV started, addedAt, id, progress */
const PROGRESS = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
local kept = redis.call('HGET', KEYS[3], 'opts.maxLenEvents')
if not kept then
  kept = 10000
  redis.call('HSET', KEYS[3], 'opts.maxLenEvents', kept)
end
redis.call('HSET', KEYS[1], 'progress', ARGV[4])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', kept, '*', 'event', 'progress', 'jobId', ARGV[3], 'data', ARGV[4])
return 1`;

/** As BullMQ's addLog. KEYS job, logs · ARGV started, addedAt, how many are kept, lines */
const LOG = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
redis.call('RPUSH', KEYS[2], unpack(ARGV, 4))
redis.call('LTRIM', KEYS[2], -ARGV[3], -1)
return 1`;

/** KEYS job, lock, active, stalled · ARGV started, addedAt, id, token, duration ms */
const RECLAIM = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) or not redis.call('LPOS', KEYS[3], ARGV[3]) then return 0 end
if not redis.call('SET', KEYS[2], ARGV[4], 'NX', 'PX', ARGV[5]) then return 0 end
redis.call('SREM', KEYS[4], ARGV[3])
return 1`;

export const ATTEMPT_SCRIPTS = {
  bizinsightsSaved: { numberOfKeys: 2, lua: SAVED },
  bizinsightsSave: { numberOfKeys: 3, lua: SAVE },
  bizinsightsForget: { numberOfKeys: 2, lua: FORGET },
  bizinsightsProgress: { numberOfKeys: 3, lua: PROGRESS },
  bizinsightsLog: { numberOfKeys: 2, lua: LOG },
  bizinsightsReclaim: { numberOfKeys: 4, lua: RECLAIM },
} as const;

/** Runs a script by its name with its keys and arguments. */
export type CallAttemptScript = (name: keyof typeof ATTEMPT_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>;

/** What it works with. */
export interface RedisAttemptsOptions {
  /** Before the ids of BullMQ's own keys of the queue. */
  readonly base: string;
  /** Before the ids of what attempts have saved: in the slot of the queue. */
  readonly savedBase: string;
  /** Fails soon when Redis is away. */
  readonly call: CallAttemptScript;
  /** Waits for Redis: nobody waits for what is written by it. */
  readonly callPatiently: CallAttemptScript;
}

export function createRedisAttempts({ base, savedBase, call, callPatiently }: RedisAttemptsOptions): AttemptStore {
  const job = ({ id }: AttemptRef) => `${base}${id}`;
  const savedKey = ({ id }: AttemptRef) => `${savedBase}${id}`;
  const of = ({ started, addedAt }: AttemptRef) => [started, addedAt] as const;
  return {
    async saved(attempt) {
      const answer = await call('bizinsightsSaved', job(attempt), savedKey(attempt), ...of(attempt));
      if (!Array.isArray(answer)) return undefined;
      const fields: [string, string][] = [];
      for (let at = 0; at + 1 < answer.length; at += 2) fields.push([String(answer[at]), String(answer[at + 1])]);
      return decodeSaved(fields, attempt);
    },
    async save(attempt, field, value, ttl) {
      const keys = [job(attempt), savedKey(attempt), `${base}completed`];
      return (await call('bizinsightsSave', ...keys, ...of(attempt), attempt.id, field, value, ttl)) === 1;
    },
    async forget(attempt) {
      await call('bizinsightsForget', job(attempt), savedKey(attempt), ...of(attempt));
    },
    async progress(attempt, progress) {
      const keys = [job(attempt), `${base}events`, `${base}meta`];
      return (await callPatiently('bizinsightsProgress', ...keys, ...of(attempt), attempt.id, progress)) === 1;
    },
    async log(attempt, lines, keep) {
      const keys = [job(attempt), `${job(attempt)}:logs`];
      return (await callPatiently('bizinsightsLog', ...keys, ...of(attempt), keep, ...lines)) === 1;
    },
    async reclaim(attempt, token, lockDuration) {
      const keys = [job(attempt), `${job(attempt)}:lock`, `${base}active`, `${base}stalled`];
      return (await call('bizinsightsReclaim', ...keys, ...of(attempt), attempt.id, token, lockDuration)) === 1;
    },
  };
}
