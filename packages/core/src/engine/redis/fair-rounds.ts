/** Turns of tenants in a fair queue on Redis. */
import { storedName } from '../../names.js';
import { MAX_PRIORITY } from '../bounds.js';

/**
 * Start-time fair queueing: a job's priority is its round; a tenant has one job a round, beginning with the round that
 * is served now. The round served is read from BullMQ's own keys, so that nothing has to be kept in step: the newest
 * running job's, else that of the next job. When nothing waits or runs, everything begins anew.
 *
 * KEYS prioritized, active, delayed, ours (same hash slot) · ARGV prefix of the job keys, largest priority, tenants…
 */
const FAIR_PRIORITIES = `
local prioritized, active, delayed, fair = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local jobPrefix, limit = ARGV[1], tonumber(ARGV[2])
local WEIGHT = 4294967296

local function served()
  local round = tonumber(redis.call('HGET', fair, 'round')) or 1
  local newest = redis.call('LINDEX', active, 0)
  local next = redis.call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')
  if newest then
    return math.max(round, tonumber(redis.call('HGET', jobPrefix .. newest, 'priority')) or 1)
  elseif next[2] then
    return math.max(round, math.floor(tonumber(next[2]) / WEIGHT))
  elseif redis.call('ZCARD', delayed) == 0 then
    redis.call('DEL', fair)
    return 1
  end
  return round
end

-- BullMQ's priorities end at 2^21 - 1. Long before, all rounds are moved down to begin at 1 again.
local function moveDown(by)
  local function lower(id)
    local key = jobPrefix .. id
    local priority = tonumber(redis.call('HGET', key, 'priority'))
    if priority then redis.call('HSET', key, 'priority', math.max(1, priority - by)) end
  end
  local entries = redis.call('ZRANGE', prioritized, 0, -1, 'WITHSCORES')
  for index = 1, #entries, 2 do
    local score = tonumber(entries[index + 1])
    local round = math.max(1, math.floor(score / WEIGHT) - by)
    redis.call('ZADD', prioritized, string.format('%.0f', round * WEIGHT + score % WEIGHT), entries[index])
    lower(entries[index])
  end
  for _, id in ipairs(redis.call('LRANGE', active, 0, -1)) do lower(id) end
  for _, id in ipairs(redis.call('ZRANGE', delayed, 0, -1)) do lower(id) end
  local fields = redis.call('HGETALL', fair)
  for index = 1, #fields, 2 do
    redis.call('HSET', fair, fields[index], math.max(1, tonumber(fields[index + 1]) - by))
  end
end

local round = served()
if round > limit / 2 then
  moveDown(round - 1)
  round = 1
end
redis.call('HSET', fair, 'round', round)

local last, priorities = {}, {}
for index = 3, #ARGV do
  local field = 't:' .. ARGV[index]
  local previous = last[field] or tonumber(redis.call('HGET', fair, field)) or 0
  local mine = math.min(limit, math.max(round, previous + 1))
  last[field] = mine
  priorities[#priorities + 1] = mine
end
for field, value in pairs(last) do redis.call('HSET', fair, field, value) end
return priorities`;

export const FAIR_SCRIPTS = {
  bizinsightsFairPriorities: { numberOfKeys: 4, lua: FAIR_PRIORITIES },
} as const;

/** Where a queue keeps its jobs and its turns, in one slot of a Cluster. */
export interface FairKeys {
  /** The beginning of the queue's keys, with its colon. */
  readonly base: string;
  readonly fair: string;
}

/** One priority for each entry of `tenants`. */
export async function takeTurns(
  call: (name: keyof typeof FAIR_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>,
  { base, fair }: FairKeys,
  tenants: readonly string[],
): Promise<number[]> {
  const keys = [`${base}prioritized`, `${base}active`, `${base}delayed`, fair];
  const answer = await call('bizinsightsFairPriorities', ...keys, base, MAX_PRIORITY, ...tenants.map(storedName));
  return Array.isArray(answer) ? answer.map(Number) : [];
}
