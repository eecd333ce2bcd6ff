/** Takes starts of rate limits: see bullmq/starts.ts. */
import { AHEAD, EARLY, LATE } from '../../bullmq/starts.js';

/** Waiting jobs that one script looks at: for so long nobody else is served. */
const BATCH = 500;

/** Jobs of a line that are gone, which one script takes out of it. */
const GONE_AT_ONCE = 1_000;

/** How far from the back of the queue a job is looked for that came by itself. */
const BACK = 1_000;

/** Keys whose start is due that one script looks at. */
const KEYS_AT_ONCE = 20;

/**
 * Fields of a job: `bzLine` is `=` and the key of the line in which it stands, or `#` and the start that has begun;
 * `bzRank` is its place in that line, and stays until it has begun.
 *
 * KEYS wait, active, prioritized, delayed, events, meta, marker, stalled, ours · ARGV beginning of the job keys, max,
 * per ms, the worker's time ms, '1' if all jobs have one key, concurrency of the worker, a key, for each job: id, token,
 * count of starts, key · answers 1 when there may be more jobs to put in line, which it does when it is given none; and for each
 * job ms until its start, -1 when it stands in line, -2 when it is not the caller's
 */
export const TAKE_START = `
local wait, active, prioritized, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ours = KEYS[9]
local base, max, per, clock = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]) * 1000, tonumber(ARGV[4])
local isShared, concurrency = ARGV[5] == '1', tonumber(ARGV[6])
local AHEAD, EARLY, LATE, BATCH, WEIGHT = ${AHEAD * 1_000}, ${EARLY}, ${LATE}, ${BATCH}, 4294967296
local DUE, TAKEN_SOON, RANKS = ours .. 'due', ours .. 'soon', ours .. 'ranks'
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local text = function(number) return string.format('%.0f', number) end
local lineOf = function(k) return ours .. 'line:' .. k end
local windowOf = function(k) return ours .. 'window:' .. k end

-- When the next start of a key may be, after those that have been made and those that are kept.
local isTrimmed = {}
local function nextStart(k)
  local window = windowOf(k)
  if not isTrimmed[k] then
    call('ZREMRANGEBYSCORE', window, '-inf', text(now - per))
    isTrimmed[k] = true
  end
  local over = call('ZCARD', window) - max
  if over < 0 then return now end
  return math.max(now, tonumber(call('ZRANGE', window, over, over, 'WITHSCORES')[2]) + per)
end

local function record(k, member, at)
  call('ZADD', windowOf(k), text(at), member)
  call('PEXPIRE', windowOf(k), math.ceil((per + AHEAD) / 1000) + 1000)
end

-- The first of a line that is still there, without those that are gone.
local function headOf(k)
  for _ = 1, ${GONE_AT_ONCE} do
    local head = call('ZRANGE', lineOf(k), 0, 0)[1]
    if not head or call('HGET', base .. head, 'bzLine') == '=' .. k then return head end
    call('ZREM', lineOf(k), head)
  end
  return nil, true
end

-- Taken as many at a time as may be needed.
local ranksLeft, lastRank = 0, 0
local function newRank(priority, atMost)
  if ranksLeft == 0 then
    ranksLeft = atMost or 1
    lastRank = call('INCRBY', RANKS, ranksLeft) - ranksLeft
  end
  ranksLeft, lastRank = ranksLeft - 1, lastRank + 1
  return text(priority * WEIGHT + lastRank % WEIGHT)
end

-- Jobs that have been taken and have not asked yet come before all that wait.
local function rankTaken()
  local ids = call('LRANGE', active, 0, -1)
  for index = #ids, 1, -1 do
    local fields = call('HMGET', base .. ids[index], 'bzRank', 'bzLine', 'ats', 'priority')
    if not fields[1] and fields[2] ~= '#' .. (fields[3] or '0') then
      call('HSET', base .. ids[index], 'bzRank', newRank(tonumber(fields[4]) or 0))
    end
  end
end

local delays, reports, touched = {}, {}, {}
local function stand(each, k, rank, at)
  local due = math.floor(at)
  call('HSET', base .. each, 'bzLine', '=' .. k, 'bzRank', rank, 'delay', due - clock)
  delays[#delays + 1] = text(due * 4096)
  delays[#delays + 1] = each
  reports[#reports + 1] = { each, due }
  touched[k] = true
end

-- Later than the job is likely to be brought to the front: it comes by itself then if nobody has done that.
local function latest(k, place)
  return clock + (nextStart(k) - now + per * math.floor(place / max)) / 1000 + LATE
end

-- Puts waiting jobs in line whose limit is reached. Answers whether there were only such, and many.
local function sweep()
  local spared = {}
  for _, each in ipairs(call('ZRANGE', TAKEN_SOON, 0, -1)) do spared[each] = true end
  local lines, places, isFull = {}, {}, {}
  local function keyOf(each, fields)
    if not fields[1] or fields[3] or fields[4] or spared[each] then return nil end
    if isShared then return ARGV[7] end
    -- In a text its quotes would have backslashes. What has some itself is decoded.
    local own = string.match(fields[1], '"rate":"([^"\\\\]*)"')
    if own or not string.find(fields[1], '"rate":"', 1, true) then return own end
    return cjson.decode(fields[1])['bizinsights']['rate']
  end
  local function park(each)
    local fields = call('HMGET', base .. each, 'opts', 'bzRank', 'rjk', 'defa', 'priority')
    local k = keyOf(each, fields)
    if not k then return false end
    if isFull[k] == nil then
      places[k] = call('ZCARD', lineOf(k))
      isFull[k] = places[k] > 0 or nextStart(k) > now
      lines[k] = {}
    end
    if not isFull[k] then return false end
    local rank = fields[2] or newRank(tonumber(fields[5]) or 0, BATCH)
    stand(each, k, rank, latest(k, places[k]))
    places[k] = places[k] + 1
    local line = lines[k]
    line[#line + 1] = rank
    line[#line + 1] = each
    return true
  end
  local ids, kept = call('LRANGE', wait, -BATCH, -1), {}
  if #ids > 0 then
    for index = #ids, 1, -1 do
      if not park(ids[index]) then kept[#kept + 1] = ids[index] end
    end
    if #kept < #ids then
      call('LTRIM', wait, 0, -#ids - 1)
      for index = #kept, 1, -1 do call('RPUSH', wait, kept[index]) end
    end
  else
    ids = call('ZRANGE', prioritized, 0, BATCH - 1)
    for _, each in ipairs(ids) do
      if park(each) then call('ZREM', prioritized, each) else kept[#kept + 1] = each end
    end
  end
  for k, line in pairs(lines) do
    if #line > 0 then call('ZADD', lineOf(k), unpack(line)) end
  end
  return #ids == BATCH and #kept == 0
end

local limit

-- The jobs that ask, by their ids. \`at\` is when they start.
local asking = {}
local function begin(ask, at)
  ask.at = at
  record(ask.key, 's:' .. ask.started .. ':' .. ask.id, at)
end

-- A job that came by itself has been put behind all that wait.
local function leaveBack(each)
  if call('LPOS', wait, each, 'MAXLEN', ${BACK}) then return call('LREM', wait, 1, each) == 1 end
  return call('ZREM', prioritized, each) == 1
end

-- Gives starts to the first of a line: to those that ask, and to those that can be brought to the front.
local pulled, given = {}, 0
local function advance(k, room)
  touched[k] = true
  while true do
    local head = headOf(k)
    local at = nextStart(k)
    local ask = head and asking[head]
    if not head or at > limit or not ask and given >= room then return end
    call('ZREM', lineOf(k), head)
    if ask then
      begin(ask, at)
    else
      given = given + 1
      record(k, 'p:' .. head, at)
      call('ZADD', TAKEN_SOON, text(at), head)
      -- One that is in neither has been taken, and will ask.
      if call('ZREM', delayed, head) == 1 or leaveBack(head) then pulled[#pulled + 1] = head end
    end
  end
end

-- How many jobs there is room for at the front: so many as the worker will soon take, without those that are on their way.
local function roomAtFront()
  local count = call('ZCARD', TAKEN_SOON)
  if count > concurrency then
    -- One that is gone is on no way.
    for _, each in ipairs(call('ZRANGE', TAKEN_SOON, 0, -1)) do
      local line = call('HGET', base .. each, 'bzLine')
      if not line or string.sub(line, 1, 1) ~= '=' then
        call('ZREM', TAKEN_SOON, each)
        count = count - 1
      end
    end
  end
  return count > concurrency and 0 or 2 * concurrency - count
end

local function moveToFront(maxEvents)
  if #pulled == 0 then return end
  local isPulled, before, first = {}, {}, {}
  for _, each in ipairs(pulled) do isPulled[each] = true end
  -- Behind those that were brought there earlier.
  for _ = 1, 2 * concurrency do
    local front = call('LINDEX', wait, -1)
    if not front or isPulled[front] or not call('ZSCORE', TAKEN_SOON, front) then break end
    before[#before + 1] = call('RPOP', wait)
  end
  for index = #pulled, 1, -1 do
    local each = pulled[index]
    local priority = tonumber(call('HGET', base .. each, 'priority')) or 0
    call('HSET', base .. each, 'delay', 0)
    if priority == 0 then
      call('RPUSH', wait, each)
    else
      local lowest = priority * WEIGHT
      local next = call('ZRANGEBYSCORE', prioritized, text(lowest), text(lowest + WEIGHT - 1), 'WITHSCORES', 'LIMIT', 0, 1)[2]
      first[priority] = first[priority] or (next and tonumber(next) - lowest or #pulled + 1)
      call('ZADD', prioritized, string.format('%.17g', lowest + first[priority] * index / (#pulled + 1)), each)
    end
    call('XADD', KEYS[5], 'MAXLEN', '~', maxEvents, '*', 'event', 'waiting', 'jobId', each, 'prev', 'delayed')
  end
  for index = #before, 1, -1 do call('RPUSH', wait, before[index]) end
  if call('HEXISTS', KEYS[6], 'paused') == 0 then call('ZADD', KEYS[7], 0, '0') end
end

-- The first of each line becomes due by itself, a little before its start or after it. Where too many are gone to know it, those that
-- ask come again at once.
local function arrange()
  local isLater = false
  -- While others wait, whoever takes them brings it to the front, before it would come to their back.
  local early = call('LLEN', wait) + call('ZCARD', prioritized) > call('ZCARD', TAKEN_SOON) and EARLY or -EARLY
  for k in pairs(touched) do
    local head, hasMore = headOf(k)
    if head then
      local at = nextStart(k)
      call('ZADD', DUE, text(at), k)
      if call('ZSCORE', delayed, head) then
        call('ZADD', delayed, text(math.floor(clock + (at - now) / 1000 + early) * 4096), head)
        isLater = true
      end
    elseif hasMore then
      call('ZADD', DUE, text(now), k)
      for _, ask in pairs(asking) do
        if ask.key == k and not ask.at then call('ZADD', delayed, 'XX', text(clock * 4096), ask.id) end
      end
      isLater = true
    else
      call('ZREM', DUE, k)
    end
  end
  if isLater then
    local next = call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
    if next[2] then call('ZADD', KEYS[7], tonumber(next[2]) / 4096, '1') end
  end
end

local asks, answers = {}, {}
for index = 8, #ARGV, 4 do
  local ask = { id = ARGV[index], started = ARGV[index + 2], key = ARGV[index + 3], nth = (index - 4) / 4 }
  local job = base .. ask.id
  local fields = call('HMGET', job, 'bzLine', 'bzRank', 'priority')
  ask.job, ask.rank, ask.priority = job, fields[2], tonumber(fields[3]) or 0
  if fields[1] == '#' .. ask.started then
    -- Asked before, and the answer was lost.
    local at = tonumber(call('ZSCORE', windowOf(ask.key), 's:' .. ask.started .. ':' .. ask.id) or now)
    answers[ask.nth] = math.max(0, math.ceil((at - now) / 1000))
  elseif fields[1] == '=' .. ask.key and call('ZSCORE', delayed, ask.id) then
    answers[ask.nth] = -1
  elseif call('GET', job .. ':lock') ~= ARGV[index + 1] then
    answers[ask.nth] = -2
  else
    call('ZREM', TAKEN_SOON, ask.id)
    asks[#asks + 1] = ask
  end
end

-- While others wait, no worker waits for a start.
local hasOthers = call('LLEN', wait) + call('ZCARD', prioritized) > call('ZCARD', TAKEN_SOON)
limit = hasOthers and now or now + AHEAD

-- The start that was kept for the job, or one that nobody waits for.
local function freeStart(ask)
  local window, place = windowOf(ask.key), 'p:' .. ask.id
  local kept = call('ZSCORE', window, place)
  if kept then
    call('ZREM', window, place)
    if tonumber(kept) > now then return tonumber(kept), true end
    -- Who comes late for its place is held up only by starts and places that were due before now, unless it comes so late that
    -- the places behind its own start were given already: then those have no room for it any more.
    local isFree = call('ZCOUNT', window, text(now - per), text(now)) < max
    local later = isFree and call('ZRANGEBYSCORE', window, text(math.max(now + 1, kept + per)), '+inf', 'WITHSCORES') or {}
    for index = 2, #later, 2 do
      isFree = isFree and call('ZCOUNT', window, '(' .. text(later[index] - per), later[index]) < max
    end
    return isFree and now or nextStart(ask.key)
  end
  return call('ZCARD', lineOf(ask.key)) == 0 and nextStart(ask.key)
end

for _, ask in ipairs(asks) do
  touched[ask.key] = true
  local at, isKept = freeStart(ask)
  if at and (isKept or at <= limit) then
    begin(ask, at)
  else
    if not ask.rank then
      rankTaken()
      ask.rank = call('HGET', ask.job, 'bzRank') or newRank(ask.priority)
    end
    call('HSET', ask.job, 'bzLine', '=' .. ask.key, 'bzRank', ask.rank)
    call('ZADD', lineOf(ask.key), ask.rank, ask.id)
    asking[ask.id] = ask
  end
end

local room = roomAtFront()
local keys = {}
for k in pairs(touched) do keys[#keys + 1] = k end
for _, k in ipairs(keys) do advance(k, room) end
for _, k in ipairs(call('ZRANGEBYSCORE', DUE, '-inf', text(limit), 'LIMIT', 0, ${KEYS_AT_ONCE})) do advance(k, room) end

local isReached = #ARGV == 7
for _, ask in ipairs(asks) do
  if ask.at then
    call('HSET', ask.job, 'bzLine', '#' .. ask.started)
    if ask.rank then call('HDEL', ask.job, 'bzRank') end
    answers[ask.nth] = math.ceil((ask.at - now) / 1000)
  elseif call('LREM', active, -1, ask.id) == 0 then
    call('ZREM', lineOf(ask.key), ask.id)
    answers[ask.nth] = -2
  else
    call('DEL', ask.job .. ':lock')
    call('SREM', KEYS[8], ask.id)
    stand(ask.id, ask.key, ask.rank, latest(ask.key, call('ZCARD', lineOf(ask.key))))
    answers[ask.nth] = -1
    isReached = true
  end
end
local hasMore = isReached and sweep()
for index = 1, #delays, 1000 do
  call('ZADD', delayed, unpack(delays, index, math.min(index + 999, #delays)))
end
local maxEvents = (#reports > 0 or #pulled > 0) and call('HGET', KEYS[6], 'opts.maxLenEvents') or 10000
for _, report in ipairs(reports) do
  call('XADD', KEYS[5], 'MAXLEN', '~', maxEvents, '*', 'event', 'delayed', 'jobId', report[1], 'delay', report[2])
end
moveToFront(maxEvents)
arrange()
-- BullMQ sets the marker with each job that is taken: here it is known whether there is another one.
if call('LLEN', wait) == 0 and call('ZCARD', prioritized) == 0 then call('ZREM', KEYS[7], '0') end
return { hasMore and 1 or 0, unpack(answers) }`;
