/** Plans the runs of schedules, beside what BullMQ's own commands do. */

/**
 * The beginning of what plans runs: `addRun` adds the job of one, `tellRuns` ends the script.
 *
 * KEYS repeat, delayed, meta, events, marker, id · ARGV beginning of the job keys, name of the jobs, now
 */
const PLANNING = `
local repeatKey, delayed, meta, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local base, name, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local call = redis.call
local slots, delays, last = {}, {}, {}
local maxEvents = call('HGET', meta, 'opts.maxLenEvents')
if not maxEvents then
  maxEvents = 10000
  call('HSET', meta, 'opts.maxLenEvents', maxEvents)
end

-- BullMQ's scores of delayed jobs: the time by 4,096, and among those of one ms who came first.
local function scoreOf(at)
  local lowest, highest = at * 4096, at * 4096 + 4095
  if not last[at] then
    last[at] = tonumber(call('ZREVRANGEBYSCORE', delayed, highest, lowest, 'WITHSCORES', 'LIMIT', 0, 1)[2] or lowest - 1)
  end
  last[at] = math.min(highest, last[at] + 1)
  return last[at]
end

-- Of a slot, and made once: many runs have the same.
local times = {}
local function timesOf(slot)
  local at = math.max(tonumber(slot), now)
  times[slot] = { at = at, text = string.format('%d', at), delay = string.format('%d', at - now) }
  return times[slot]
end

-- What is in quotes in JSON. Few keys have a character that is written in another way there.
local function escaped(text)
  return string.find(text, '[^%w .:_-]') and string.sub(cjson.encode(text), 2, -2) or text
end

local function addRun(key, id, slot, data, template, priority, rhythm)
  local time, json = times[slot] or timesOf(slot), escaped(key)
  local options = string.sub(template, 1, -2) .. ',"delay":' .. time.delay .. ',"repeat":' .. rhythm ..
    ',"jobId":"repeat:' .. json .. ':' .. slot .. '","timestamp":' .. ARGV[3] ..
    ',"prevMillis":' .. slot .. ',"repeatJobKey":"' .. json .. '"}'
  call('HSET', base .. id, 'name', name, 'data', data, 'opts', options, 'timestamp', ARGV[3], 'delay', time.delay,
    'priority', priority, 'rjk', key)
  -- The stream is trimmed with the second entry.
  call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', name)
  delays[#delays + 1] = string.format('%.0f', scoreOf(time.at))
  delays[#delays + 1] = id
  call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'delayed', 'jobId', id, 'delay', time.text)
  slots[#slots + 1] = slot
  slots[#slots + 1] = key
end

local function tellRuns()
  if #slots == 0 then return end
  call('ZADD', repeatKey, unpack(slots))
  call('ZADD', delayed, unpack(delays))
  call('INCRBY', KEYS[6], #slots / 2)
  local first = call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  call('ZADD', KEYS[5], tonumber(first[2]) / 4096, '1')
end`;

/**
 * What BullMQ's addJobScheduler does for one schedule, for many: a fifth of the time, as nothing is packed and
 * unpacked. It stores the same, which a test compares. Unlike that, it takes any earlier plan away in the same step,
 * and never touches a job that is in the slot already: the answer for that one is 0, and the earlier plan stays until
 * there is another. The options of the plan are the beginning of the job's.
 *
 * KEYS repeat, delayed, meta, events, marker, id · ARGV beginning of the job keys, name of the jobs, now, for each:
 * key, slot, data, options of the plan, priority, repeat, tz, pattern, startDate, endDate, every, offset
 */
export const PLAN_RUNS = `${PLANNING}
local function drop(key, slot)
  call('ZREM', repeatKey, key)
  local id = 'repeat:' .. key .. ':' .. slot
  if call('ZREM', delayed, id) == 1 then
    call('DEL', base .. id, base .. id .. ':logs')
    call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'removed', 'jobId', id, 'prev', 'delayed')
  end
  local ic = call('HGET', repeatKey .. ':' .. key, 'ic')
  call('DEL', repeatKey .. ':' .. key)
  return ic
end

local OPTIONAL = { 'tz', 'pattern', 'startDate', 'endDate', 'every', 'offset' }
local answers = {}
for index = 4, #ARGV, 12 do
  local key, slot, data, template = ARGV[index], ARGV[index + 1], ARGV[index + 2], ARGV[index + 3]
  local before = call('ZSCORE', repeatKey, key)
  local id = 'repeat:' .. key .. ':' .. slot
  local isFree = call('EXISTS', base .. id) == 0 or (before == slot and call('ZSCORE', delayed, id))
  if isFree then
    local ic = before and drop(key, before)
    local fields = { 'name', name, 'data', data, 'opts', template, 'ic', ic or 1 }
    for nth = 1, #OPTIONAL do
      local value = ARGV[index + 5 + nth]
      if value ~= '' then
        fields[#fields + 1] = OPTIONAL[nth]
        fields[#fields + 1] = value
      end
    end
    call('HSET', repeatKey .. ':' .. key, unpack(fields))
    addRun(key, id, slot, data, template, ARGV[index + 4], ARGV[index + 5])
  end
  answers[#answers + 1] = isFree and 1 or 0
end
tellRuns()
return answers`;

/**
 * What BullMQ's updateJobScheduler does for one run that was taken, for many: the runs behind them. A run that is not
 * the planned one, as its schedule was planned again or removed, or has planned the run behind it before, plans none.
 *
 * KEYS as above · ARGV beginning of the job keys, name of the jobs, now, for each: key, slot of the run, next
 * slot, repeat
 */
export const PLAN_NEXT_RUNS = `${PLANNING}
local keys, jobs, ids, isAdded = {}, {}, {}, {}
for index = 4, #ARGV, 4 do
  local nth, id = #keys + 1, 'repeat:' .. ARGV[index] .. ':' .. ARGV[index + 2]
  keys[nth], ids[nth], jobs[nth] = ARGV[index], id, base .. id
end
local planned = call('ZMSCORE', repeatKey, unpack(keys))
-- One look at all of them: a slot that is planned here is free but for a rare case.
local areAllFree = call('EXISTS', unpack(jobs)) == 0
for nth, key in ipairs(keys) do
  local index = 4 * nth
  local id = ids[nth]
  if planned[nth] == ARGV[index + 1] then
    local plan = call('HMGET', repeatKey .. ':' .. key, 'data', 'opts')
    if isAdded[id] or not areAllFree and call('EXISTS', jobs[nth]) == 1 then
      call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'duplicated', 'jobId', id)
    elseif plan[2] then
      local priority = string.find(plan[2], '"priority":', 1, true) and cjson.decode(plan[2]).priority or 0
      call('HINCRBY', repeatKey .. ':' .. key, 'ic', 1)
      addRun(key, id, ARGV[index + 2], plan[1] or '{}', plan[2], priority, ARGV[index + 3])
      isAdded[id] = true
    end
  end
end
tellRuns()
return {}`;

/**
 * Of each schedule the slot of its next run: negative when that run has ended or is gone, 0 when there is no plan. A
 * job that is there and has not ended is in one of the lists.
 *
 * KEYS as above · ARGV beginning of the job keys, keys of schedules…
 */
export const PLANNED_RUNS = `
local call = redis.call
local keys, ids, runs = { unpack(ARGV, 2) }, {}, {}
if not keys[1] then return runs end
local slots = call('ZMSCORE', KEYS[1], unpack(keys))
for nth, key in ipairs(keys) do ids[nth] = 'repeat:' .. key .. ':' .. (slots[nth] or '') end
local delayed = call('ZMSCORE', KEYS[2], unpack(ids))
for nth, id in ipairs(ids) do
  local at, isLive = slots[nth], delayed[nth]
  if at and not isLive then
    local job = call('HMGET', ARGV[1] .. id, 'name', 'finishedOn')
    isLive = job[1] and not job[2]
  end
  runs[nth] = not at and 0 or isLive and tonumber(at) or -tonumber(at)
end
return runs`;

/**
 * New data and options for plans and for their next runs, unless those have begun: then for the runs behind them.
 *
 * KEYS as above · ARGV beginning of the job keys, for each: key, slot, data, options of the plan, options of
 * the job, priority, now, delay
 */
export const REFRESH_RUNS = `
local answers = {}
for index = 2, #ARGV, 8 do
  local key, at, data = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local isPlanned = redis.call('ZSCORE', KEYS[1], key) == at
  if isPlanned then
    redis.call('HSET', KEYS[1] .. ':' .. key, 'data', data, 'opts', ARGV[index + 3])
    local job = ARGV[1] .. 'repeat:' .. key .. ':' .. at
    local begun = redis.call('HMGET', job, 'name', 'ats', 'processedOn')
    if begun[1] and not begun[2] and not begun[3] then
      redis.call('HSET', job, 'data', data, 'opts', ARGV[index + 4], 'priority', ARGV[index + 5],
        'timestamp', ARGV[index + 6], 'delay', ARGV[index + 7])
    end
  end
  answers[#answers + 1] = isPlanned and 1 or 0
end
return answers`;
