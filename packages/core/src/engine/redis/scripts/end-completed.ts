/** Ends completed jobs and takes others: see ../ending/own-scripts.ts. */

/** Due jobs that one script moves to the waiting ones: everything else waits for it. BullMQ moves 1,000. */
const PROMOTED = 250;

/** The answer where the end is not a usual one: nothing has been written. None of BullMQ's codes. */
export const NOT_USUAL = -100;

/** KEYS and ARGV as of {@link END_COMPLETED}. */
export const ENDS_HEAD = `
local wait, active, prioritized, delayed, completed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local events, meta, stalled, marker, counter = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local base, now, count, oldest = ARGV[1], ARGV[4], ARGV[6], ARGV[7]
local call, number = redis.call, tonumber

local queue = call('HMGET', meta, 'opts.maxLenEvents', 'max', 'paused', 'concurrency')
local maxEvents = queue[1]
local areEndsUsual = (number(maxEvents) or 0) >= 1 and not queue[2]`;

/**
 * What follows the end of a job: `goOn` takes the next one with its token. `left` is how many more jobs the script is about to
 * end, which have left the active ones already; `hasEnded` is whether a job ends at all, by which a queue may be drained.
 * `hasOthers` is whether there may be delayed jobs.
 */
export const NEXT_JOB = `
-- More of them are taken with the next jobs.
local isPromoted = false
local function promote()
  if isPromoted then return false end
  isPromoted = true
  local due = call('ZRANGEBYSCORE', delayed, 0, ARGV[8], 'LIMIT', 0, ${PROMOTED})
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

local left, hasEnded = 0, true
local function tellDrained()
  if hasEnded and left == 0 and call('LLEN', wait) == 0 and call('LLEN', active) == 0 and call('ZCARD', prioritized) == 0 then
    call('XADD', events, '*', 'event', 'drained')
  end
  return 0
end

local function goOn(token)
  if ARGV[5] ~= '1' then return tellDrained() end
  local isMaxed = queue[3] or queue[4] and call('LLEN', active) + left >= number(queue[4])
  if hasOthers and promote() and not isMaxed then mark() end
  if isMaxed then return { 0, 0, 0, 0 } end
  local following = call('RPOPLPUSH', wait, active)
  if following and string.sub(following, 1, 2) == '0:' then
    -- A marker of BullMQ 4.
    call('LREM', active, 1, following)
    if hasEnded then
      following = following == '0:0' and nextPrioritized()
    else
      following = call('RPOPLPUSH', wait, active) or nextPrioritized()
    end
  elseif not following then
    following = nextPrioritized()
  end
  if following then return take(following, token) end
  local later = call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  if later then return { 0, 0, 0, number(later) / 4096 } end
  return tellDrained()
end`;

/**
 * What BullMQ's moveToFinished does for a completed job, in its order, where nothing but the usual is to be done: no parent, no
 * children, no deduplication, no limiter, and at most one earlier job to remove. All that is read is read before the first write.
 *
 * KEYS wait, active, prioritized, delayed, completed, events, meta, stalled, marker, pc · ARGV beginning of the job keys,
 * ms of a lock, name of the worker, time, '1' to take the next job, rank of the newest of the earlier jobs to remove, '0' to
 * keep not even this one or '' to remove none, time up to which earlier ones are too old or '', highest score of the delayed
 * jobs that are due; id, token, result · answers what moveToFinished answers, or -100 where nothing was done. The fields of
 * the next job are one text, with a zero byte between them, and behind the answer is how many there are
 */
export const END_COMPLETED = `${ENDS_HEAD}
local id, token, result = ARGV[9], ARGV[10], ARGV[11]
local job = base .. id
local lock, children, failures = job .. ':lock', job .. ':dependencies', job .. ':unsuccessful'
if not areEndsUsual then return ${NOT_USUAL} end
local own = call('HMGET', job, 'name', 'atm', 'parentKey', 'parent', 'deid', 'finishedOn')
if not own[1] or own[3] or own[4] or own[5] or own[6] or call('GET', lock) ~= token then return ${NOT_USUAL} end
local others = call('EXISTS', children, failures, stalled, delayed)
local hasOthers = others > 0
if hasOthers and others > call('EXISTS', stalled, delayed) then return ${NOT_USUAL} end

-- The one earlier job that goes with the end of another one. False where it is not that simple.
local function jobToRemove()
  local ids = count ~= '' and call('ZRANGE', completed, 0, count) or {}
  local isByCount = ids[1] ~= nil
  if not isByCount and oldest ~= '' then ids = call('ZRANGEBYSCORE', completed, '-inf', oldest, 'LIMIT', 0, 2) end
  if not ids[1] then return nil end
  local gone = call('HMGET', base .. ids[1], 'finishedOn', 'parentKey')
  local at = number(gone[1])
  if ids[2] or not at or at >= number(now) or gone[2] then return false end
  if isByCount and oldest ~= '' and at <= number(oldest) then return false end
  return ids[1]
end
${NEXT_JOB}

local isKept = count ~= '0'
local removed = isKept and jobToRemove()
if isKept and removed == false or call('LREM', active, -1, id) == 0 then return ${NOT_USUAL} end

if hasOthers then call('SREM', stalled, id) end
local gone = not isKept and job or removed and base .. removed
if gone then
  call('DEL', lock, gone, gone .. ':logs', gone .. ':dependencies', gone .. ':processed', gone .. ':failed', gone .. ':unsuccessful')
else
  call('DEL', lock)
end
if isKept then
  call('HSET', job, 'atm', string.format('%d', (own[2] or 0) + 1), 'returnvalue', result, 'finishedOn', now)
  call('ZADD', completed, now, id)
  if removed then call('ZREM', completed, removed) end
end
call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'completed', 'jobId', id, 'returnvalue', result, 'prev', 'active')
return goOn(token)
`;

/**
 * What BullMQ's moveToActive does where the queue has no limiter: takes a job.
 *
 * KEYS, ARGV as of {@link END_COMPLETED}, with the token alone at the end · answers what moveToActive answers, in the form of
 * that, or -100 where nothing was done
 */
export const TAKE_JOB = `${ENDS_HEAD}
if queue[2] then return ${NOT_USUAL} end
local hasOthers = true
${NEXT_JOB}
hasEnded = false
local taken = goOn(ARGV[9])
return taken ~= 0 and taken or { 0, 0, 0, 0 }
`;
