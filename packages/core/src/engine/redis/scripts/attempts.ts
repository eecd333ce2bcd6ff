/** What attempts keep. */
import { LIFE } from '../../bullmq/attempt-store.js';

/** KEYS job · ARGV started, addedAt … · whether the attempt is the last one that has begun */
const IS_LAST = `
local function isLast(key, started, addedAt)
  local job = redis.call('HMGET', key, 'ats', 'timestamp')
  return tonumber(job[1] or 0) == tonumber(started) and tonumber(job[2] or 0) == tonumber(addedAt)
end`;

/** KEYS job, saved · ARGV started, addedAt */
export const READ_SAVED = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) then return false end
return redis.call('HGETALL', KEYS[2])`;

/** KEYS job, saved, completed · ARGV started, addedAt, id, field, value, ttl ms */
export const SAVE_FIELD = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) or redis.call('ZSCORE', KEYS[3], ARGV[3]) then return 0 end
if redis.call('HGET', KEYS[2], '${LIFE}') ~= ARGV[2] then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[2], '${LIFE}', ARGV[2])
end
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1`;

/**
 * A failover may have lost the end of the job, which then runs again with what it has saved.
 *
 * KEYS job, saved, completed · ARGV started, addedAt, id
 */
export const FORGET_SAVED = `${IS_LAST}
if redis.call('HGET', KEYS[2], '${LIFE}') ~= ARGV[2] then return 0 end
local isCompleted = isLast(KEYS[1], ARGV[1], ARGV[2]) and redis.call('ZSCORE', KEYS[3], ARGV[3])
if not isCompleted and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('DEL', KEYS[2])`;

/** As BullMQ's updateProgress. KEYS job, events, meta · ARGV started, addedAt, id, progress */
export const SAVE_PROGRESS = `${IS_LAST}
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
export const SAVE_LOG = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
redis.call('RPUSH', KEYS[2], unpack(ARGV, 4))
redis.call('LTRIM', KEYS[2], -ARGV[3], -1)
return 1`;

/** Once for an attempt, also where its answer was lost and it is sent again. KEYS job · ARGV started, addedAt */
export const COUNT_DEATH = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) or redis.call('HGET', KEYS[1], 'bizinsightsDeath') == ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'bizinsightsDeath', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'stc', 1)`;

/**
 * Writes into the options of jobs how often they have been started and have lost their worker. The text of the options is
 * left as it is but for that: Lua would write some of its values in another way.
 *
 * KEYS failed or completed · ARGV beginning of the job keys, ids…
 */
export const NOTE_RETRY = `
for index = 2, #ARGV do
  local key = ARGV[1] .. ARGV[index]
  local opts = redis.call('ZSCORE', KEYS[1], ARGV[index]) and redis.call('HGET', key, 'opts')
  if opts and string.sub(opts, 1, 1) == '{' then
    local counts = redis.call('HMGET', key, 'ats', 'stc')
    local note = '{"bizinsightsRetried":[' .. (counts[1] or 0) .. ',' .. (counts[2] or 0) .. ']'
    local rest = string.gsub(opts, '^{"bizinsightsRetried":%[%d+,%d+%],?', '{')
    rest = string.sub(rest, 2)
    redis.call('HSET', key, 'opts', note .. (rest == '}' and '' or ',') .. rest)
  end
end
return 1`;

/** KEYS job, lock, active, stalled · ARGV started, addedAt, id, token, duration ms */
export const RECLAIM_JOB = `${IS_LAST}
if not isLast(KEYS[1], ARGV[1], ARGV[2]) or not redis.call('LPOS', KEYS[3], ARGV[3]) then return 0 end
if not redis.call('SET', KEYS[2], ARGV[4], 'NX', 'PX', ARGV[5]) then return 0 end
redis.call('SREM', KEYS[4], ARGV[3])
return 1`;
