/** The Lua scripts of the shared state: what has to be one step. */

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

/** KEYS keys… · ARGV for each: old value, value, ttl ms */
export const REPLACE_IF_EQUAL = `
local answers = {}
local call = redis.call
-- What is no text is read as nothing. A key may come twice. Lua unpacks some 8,000 at most.
local values, written = {}, {}
for start = 1, #KEYS, 5000 do
  local last = math.min(#KEYS, start + 4999)
  for nth, value in ipairs(call('MGET', unpack(KEYS, start, last))) do values[start + nth - 1] = value end
end
for nth, key in ipairs(KEYS) do
  local found, value = written[key] or values[nth], ARGV[nth * 3 - 1]
  local isEqual = found == ARGV[nth * 3 - 2] or found == value
  if isEqual then
    call('SET', key, value, 'PX', ARGV[nth * 3])
    written[key] = value
  end
  answers[nth] = isEqual and 1 or 0
end
return answers`;

/** KEYS key · ARGV entry, how many are kept */
export const APPEND = `
redis.call('LPUSH', KEYS[1], unpack(ARGV, 2))
return redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)`;

/** KEYS log · ARGV how many, the youngest of them · answers 1 if it has removed them */
export const REMOVE_OLDEST = `
if redis.call('LINDEX', KEYS[1], -ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('LTRIM', KEYS[1], 0, -ARGV[1] - 1)
return 1`;

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
