/** Ends completed jobs and takes the next ones: see ../ending/completed-jobs.ts. */

/** The answer where the end is not a usual one: nothing has been written. None of BullMQ's codes. */
export const NOT_USUAL = -100;

/**
 * What BullMQ's moveToFinished does for completed jobs, one after the other and in its order, where nothing but the usual is to
 * be done: no parent, no children, no deduplication, no limiter, and at most one earlier job to remove for each. What they have
 * in common is read and written once. All that is read of them is read before the first write.
 *
 * KEYS wait, active, prioritized, delayed, completed, events, meta, stalled, marker, pc · ARGV beginning of the job keys,
 * ms of a lock, name of the worker, for all ends: time, '1' to take next jobs, rank of the newest of the earlier jobs that the
 * first of them removes, '0' to keep not even these or '' to remove none, time up to which earlier ones are too old or '',
 * highest score of the delayed jobs that are due; for each: id, token, result · answers for each what moveToFinished answers,
 * or -100 where nothing was done. The fields of a next job are one text, with a zero byte between them, and behind the answer
 * is how many there are
 */
export const END_COMPLETED = `
local wait, active, prioritized, delayed, completed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local events, meta, stalled, marker, counter = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local base, now, isNextWanted, count, oldest = ARGV[1], ARGV[4], ARGV[5] == '1', ARGV[6], ARGV[7]
local call, number = redis.call, tonumber

local answers, ids, jobs, locks, families = {}, {}, {}, {}, {}
for at = 9, #ARGV, 3 do
  local nth, job = #ids + 1, base .. ARGV[at]
  answers[nth], ids[nth], jobs[nth], locks[nth] = ${NOT_USUAL}, ARGV[at], job, job .. ':lock'
  families[2 * nth - 1], families[2 * nth] = job .. ':dependencies', job .. ':unsuccessful'
end
local function tokenOf(nth) return ARGV[3 * nth + 7] end

local queue = call('HMGET', meta, 'opts.maxLenEvents', 'max', 'paused', 'concurrency')
local maxEvents = queue[1]
if (number(maxEvents) or 0) < 1 or queue[2] then return answers end
local hasOthers = call('EXISTS', stalled, delayed, unpack(families)) > 0
local hasFamily = hasOthers and call('EXISTS', unpack(families)) > 0
local held = call('MGET', unpack(locks))
local usual, attempts = {}, {}
for nth, job in ipairs(jobs) do
  local own = call('HMGET', job, 'name', 'atm', 'parentKey', 'parent', 'deid', 'finishedOn')
  local isUsual = own[1] and not (own[3] or own[4] or own[5] or own[6]) and held[nth] == tokenOf(nth)
  if isUsual and not (hasFamily and call('EXISTS', families[2 * nth - 1], families[2 * nth]) > 0) then
    usual[#usual + 1] = nth
    attempts[nth] = string.format('%d', (own[2] or 0) + 1)
  end
end
if not usual[1] then return answers end

-- The earlier jobs that go with these ends, the oldest first, and whether that is by their number. Nil where it is not that
-- simple.
local function jobsToRemove()
  local found = count ~= '' and call('ZRANGE', completed, 0, count + #usual - 1) or {}
  local isByCount = found[1] ~= nil
  if not isByCount and oldest ~= '' then
    found = call('ZRANGEBYSCORE', completed, '-inf', oldest, 'LIMIT', 0, #usual + 1)
  end
  if #found > #usual then return nil end
  for _, each in ipairs(found) do
    local gone = call('HMGET', base .. each, 'finishedOn', 'parentKey')
    local at = number(gone[1])
    if not at or at >= number(now) or gone[2] then return nil end
    if isByCount and oldest ~= '' and at <= number(oldest) then return nil end
  end
  return found, isByCount
end
local isKept = count ~= '0'
local removed, isByCount = {}, false
if isKept then removed, isByCount = jobsToRemove() end
if not removed then return answers end

local ended, gone, endedIds, scores = {}, {}, {}, {}
local function remove(job)
  for _, suffix in ipairs({ '', ':logs', ':dependencies', ':processed', ':failed', ':unsuccessful' }) do
    gone[#gone + 1] = job .. suffix
  end
end
for _, nth in ipairs(usual) do
  if call('LREM', active, -1, ids[nth]) > 0 then
    local last = #ended + 1
    ended[last], gone[#gone + 1], endedIds[last] = nth, locks[nth], ids[nth]
    scores[2 * last - 1], scores[2 * last] = now, ids[nth]
    if not isKept then remove(jobs[nth]) end
  elseif isByCount then
    removed[#removed] = nil
  end
end
if not ended[1] then return answers end
for _, each in ipairs(removed) do remove(base .. each) end
if hasOthers then call('SREM', stalled, unpack(endedIds)) end
call('DEL', unpack(gone))
if isKept then
  call('ZADD', completed, unpack(scores))
  if removed[1] then call('ZREM', completed, unpack(removed)) end
end

-- More of them are taken when the next jobs end.
local isPromoted = false
local function promote()
  if isPromoted then return false end
  isPromoted = true
  local due = call('ZRANGEBYSCORE', delayed, 0, ARGV[8], 'LIMIT', 0, 1000)
  if not due[1] then return false end
  call('ZREM', delayed, unpack(due))
  local waiting = {}
  for _, each in ipairs(due) do
    local priority = number(call('HGET', base .. each, 'priority')) or 0
    if priority == 0 then
      waiting[#waiting + 1] = each
    else
      call('ZADD', prioritized, priority * 4294967296 + call('INCR', counter) % 4294967296, each)
    end
    call('XADD', events, '*', 'event', 'waiting', 'jobId', each, 'prev', 'delayed')
    call('HSET', base .. each, 'delay', '0')
  end
  if waiting[1] then call('LPUSH', wait, unpack(waiting)) end
  return true
end

local function nextPrioritized()
  local first = call('ZPOPMIN', prioritized)[1]
  if first then call('LPUSH', active, first) else call('DEL', counter) end
  return first
end

local isMarked = false
local function mark()
  if not isMarked then call('ZADD', marker, '0', '0') end
  isMarked = true
end

local function take(following, token)
  local nextJob = base .. following
  call('SET', nextJob .. ':lock', token, 'PX', ARGV[2])
  call('XADD', events, '*', 'event', 'active', 'jobId', following, 'prev', 'waiting')
  local fields = call('HGETALL', nextJob)
  local last, starts = #fields, 0
  for at = 1, last, 2 do
    if fields[at] == 'ats' then starts = fields[at + 1] end
  end
  starts = string.format('%d', starts + 1)
  call('HSET', nextJob, 'processedOn', now, 'pb', ARGV[3], 'ats', starts)
  mark()
  -- Of two of one name the later one counts.
  fields[last + 1], fields[last + 2], fields[last + 3] = 'processedOn', now, 'pb'
  fields[last + 4], fields[last + 5], fields[last + 6] = ARGV[3], 'ats', starts
  return { table.concat(fields, '\\0'), following, 0, 0, last + 6 }
end

-- While others of these have not ended, they are active.
local left = #ended
local function tellDrained()
  if left == 0 and call('LLEN', wait) == 0 and call('LLEN', active) == 0 and call('ZCARD', prioritized) == 0 then
    call('XADD', events, '*', 'event', 'drained')
  end
  return 0
end

local function takeNext(token)
  local isMaxed = queue[3] or queue[4] and call('LLEN', active) + left >= number(queue[4])
  if hasOthers and promote() and not isMaxed then mark() end
  if isMaxed then return { 0, 0, 0, 0 } end
  local following = call('RPOPLPUSH', wait, active)
  if following and string.sub(following, 1, 2) == '0:' then
    -- A marker of BullMQ 4.
    call('LREM', active, 1, following)
    following = following == '0:0' and nextPrioritized()
  elseif not following then
    following = nextPrioritized()
  end
  if following then return take(following, token) end
  local later = call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  if later then return { 0, 0, 0, number(later) / 4096 } end
  return tellDrained()
end

for _, nth in ipairs(ended) do
  left = left - 1
  local result = ARGV[3 * nth + 8]
  if isKept then call('HSET', jobs[nth], 'atm', attempts[nth], 'returnvalue', result, 'finishedOn', now) end
  call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'completed', 'jobId', ids[nth], 'returnvalue', result, 'prev',
    'active')
  answers[nth] = isNextWanted and takeNext(tokenOf(nth)) or tellDrained()
end
return answers
`;
