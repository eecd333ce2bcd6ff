/** Gives the turns of tenants in a fair queue. */

/**
 * Start-time fair queueing: a job's priority is its round; a tenant has one job a round, beginning with the round that
 * is served now. The round served is read from BullMQ's own keys, so that nothing has to be kept in step: the newest
 * running job's, else that of the next job. When nothing waits or runs, everything begins anew.
 *
 * BullMQ's priorities end at 2^21 - 1. Long before, the priorities of all jobs are lowered by the rounds that are over,
 * `by`, a few jobs with each call: a backlog is long. Rounds themselves count on: a priority is its round less `base`.
 *
 * - `late`: jobs of rounds that are over get priority 1, which is first. What is above `by` is untouched so far.
 * - `lower`: `base` is `by` further. A priority above `by` is still from before, as none that is lowered can be so high.
 *   Those are lowered from the first one on, so that their order stays at every moment, and a turn behind the first of
 *   them is given as before. When for a minute none was given so (its job may be added a moment after the turn was
 *   taken), what is delayed follows, and the end.
 *
 * KEYS prioritized, active, delayed, ours (same hash slot) · ARGV prefix of the job keys, largest priority, how many jobs
 * may be lowered, 1 where earlier turns of the same jobs were taken just now (else 0), tenants…
 */
export const FAIR_PRIORITIES = `
local prioritized, active, delayed, fair = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local jobPrefix, limit, left = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local call = redis.call
local WEIGHT = 4294967296
local MINUTE = 60

local kept = call('HMGET', fair, 'round', 'base', 'by', 'step', 'settled')
local round, base, by, step = tonumber(kept[1]) or 1, tonumber(kept[2]) or 0, tonumber(kept[3]), kept[4]
local settled = tonumber(kept[5]) or 0
local now = tonumber(call('TIME')[1])

local function roundOf(priority)
  if step == 'lower' and priority > by then return base - by + priority end
  return base + priority
end

local function served()
  local newest = call('LINDEX', active, 0)
  local next = call('ZRANGE', prioritized, 0, 0, 'WITHSCORES')
  if newest then
    return math.max(round, roundOf(tonumber(call('HGET', jobPrefix .. newest, 'priority')) or 1))
  elseif next[2] then
    return math.max(round, roundOf(math.floor(tonumber(next[2]) / WEIGHT)))
  elseif call('ZCARD', delayed) == 0 and ARGV[4] == '0' then
    call('DEL', fair)
    base, by, step = 0, nil, nil
    return 1
  end
  return round
end

local function toFirst(priority) return priority <= by and 1 or priority end
local function lowered(priority) return priority > by and priority - by or priority end

local function change(id, changed)
  local key = jobPrefix .. id
  local priority = tonumber(call('HGET', key, 'priority'))
  if priority and priority > 0 and changed(priority) ~= priority then call('HSET', key, 'priority', changed(priority)) end
end

local function changeActive(changed)
  for _, id in ipairs(call('LRANGE', active, 0, -1)) do change(id, changed) end
end

-- Those that wait with a priority from \`first\` to below \`last\`, as many as may be.
local function changeWaiting(first, last, changed)
  local to = last and string.format('(%.0f', last * WEIGHT) or '+inf'
  local from = string.format('%.0f', first * WEIGHT)
  local found = call('ZRANGEBYSCORE', prioritized, from, to, 'WITHSCORES', 'LIMIT', 0, left)
  for index = 1, #found, 2 do
    local score = tonumber(found[index + 1])
    local priority = changed(math.floor(score / WEIGHT))
    call('ZADD', prioritized, string.format('%.17g', priority * WEIGHT + score % WEIGHT), found[index])
    change(found[index], changed)
  end
  left = left - #found / 2
end

-- Those that are delayed, as many as may be, in the order in which they are due. Whether that were the last of them.
local function changeDelayed(changed)
  local after = call('HGET', fair, 'after') or '-inf'
  local found = call('ZRANGEBYSCORE', delayed, after, '+inf', 'WITHSCORES', 'LIMIT', 0, left)
  if #found == 2 * left and found[#found] == after then
    found = call('ZRANGEBYSCORE', delayed, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, left)
  end
  for index = 1, #found, 2 do change(found[index], changed) end
  left = left - #found / 2
  if left > 0 then
    call('HDEL', fair, 'after')
    return true
  end
  call('HSET', fair, 'after', found[#found])
  return false
end

round = served()
if not by and round - base - 1 > limit / 2 then
  by, step = round - base - 1, 'late'
  call('HSET', fair, 'by', by, 'step', step)
end
if step == 'late' then
  changeWaiting(2, by + 1, toFirst)
  if left > 0 and changeDelayed(toFirst) then
    changeActive(function(priority) return math.max(1, priority - by) end)
    base, step, settled = base + by, 'lower', now + MINUTE
    call('HSET', fair, 'base', base, 'step', step, 'settled', settled)
  end
end
if step == 'lower' then
  if left > 0 then changeWaiting(by + 1, nil, lowered) end
  if left > 0 and now > settled and changeDelayed(lowered) then
    changeActive(lowered)
    step = nil
    call('HDEL', fair, 'by', 'step', 'settled')
  end
end
call('HSET', fair, 'round', round)

local first
if step == 'lower' then
  local next = call('ZRANGEBYSCORE', prioritized, string.format('%.0f', (by + 1) * WEIGHT), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  first = next[2] and math.floor(tonumber(next[2]) / WEIGHT)
end
local last, priorities, isSettled = {}, {}, true
for index = 5, #ARGV do
  local field = 't:' .. ARGV[index]
  local previous = last[field] or tonumber(call('HGET', fair, field)) or 0
  local mine = math.max(round, previous + 1)
  last[field] = mine
  local priority, highest = mine - base, limit
  if first and priority + by >= first then
    priority, isSettled = priority + by, false
  elseif step == 'lower' then
    highest = by
  end
  priorities[#priorities + 1] = math.max(1, math.min(highest, priority))
end
if not isSettled then call('HSET', fair, 'settled', now + MINUTE) end
for field, value in pairs(last) do call('HSET', fair, field, value) end
return priorities`;
