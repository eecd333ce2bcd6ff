/** The Lua scripts of the Redis engine: what has to be one step. */

/** KEYS key · ARGV field, value, ttl ms, '1' to drop what was there before */
export const SET_FIELD = `
if ARGV[4] == '1' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** KEYS key · ARGV value, ttl ms */
export const EXTEND_IF_EQUAL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** KEYS key · ARGV value */
export const DELETE_IF_EQUAL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** KEYS key · ARGV old value, value, ttl ms */
export const REPLACE_IF_EQUAL = `
local found = redis.call('GET', KEYS[1])
if found ~= ARGV[1] and found ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** KEYS key · ARGV entry, how many are kept */
export const APPEND = `
redis.call('LPUSH', KEYS[1], unpack(ARGV, 2))
return redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)`;

/**
 * A sliding window of starts, as a sorted set by time in µs: past starts ('s:…') and kept places ('p:<member>').
 * Whoever finds the window full gets a place \`per\` behind the start that leaves it; who comes for its place, a little
 * late perhaps, starts unless those before it were late too.
 *
 * KEYS key · ARGV member, max, per ms · answers ms to wait, 0 to start
 */
export const TAKE_SLOT = `
local key, place, max, per = KEYS[1], 'p:' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]) * 1000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', key, '-inf', now - per)
local kept = redis.call('ZREM', key, place) == 1
local count
if kept then
  count = redis.call('ZCOUNT', key, '-inf', now)
else
  count = redis.call('ZCARD', key)
end
if count >= max then
  local index = count - max
  local entry = redis.call('ZRANGE', key, index, index, 'WITHSCORES')
  local due = tonumber(entry[2]) + per
  if due > now then
    redis.call('ZADD', key, string.format('%.0f', due), place)
    redis.call('PEXPIRE', key, math.ceil((due - now + per) / 1000) + 1000)
    return math.ceil((due - now) / 1000)
  end
end
redis.call('ZADD', key, string.format('%.0f', now), string.format('s:%.0f:%s', now, ARGV[1]))
local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', key, math.ceil((tonumber(last[2]) - now + per) / 1000) + 1000)
return 0`;

/**
 * Start-time fair queueing: a job's priority is its round; a tenant has one job a round, beginning with the round that
 * is served now. The round served is read from BullMQ's own keys, so that nothing has to be kept in step: the newest
 * running job's, else that of the next job. When nothing waits or runs, everything begins anew.
 *
 * KEYS prioritized, active, delayed, ours (same hash slot) · ARGV prefix of the job keys, largest priority, tenants…
 */
export const FAIR_PRIORITIES = `
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
