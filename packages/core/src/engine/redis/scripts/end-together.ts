/** Ends completed jobs together: see ../ending/end-batches.ts. */
import { ENDS_HEAD, NEXT_JOB, NOT_USUAL } from './end-completed.js';

/**
 * What END_COMPLETED does for one job, for some, one after the other and in the same order. What they have in common is read
 * and written once.
 *
 * KEYS, ARGV as of that, with id, token and result of each; the rank is that of the job which the first of them removes ·
 * answers for each what that answers
 */
export const END_TOGETHER = `${ENDS_HEAD}
local answers, ids, jobs, locks, families = {}, {}, {}, {}, {}
for at = 9, #ARGV, 3 do
  local nth, job = #ids + 1, base .. ARGV[at]
  answers[nth], ids[nth], jobs[nth], locks[nth] = ${NOT_USUAL}, ARGV[at], job, job .. ':lock'
  families[2 * nth - 1], families[2 * nth] = job .. ':dependencies', job .. ':unsuccessful'
end
local function tokenOf(nth) return ARGV[3 * nth + 7] end

if not areEndsUsual then return answers end
local others = call('EXISTS', stalled, delayed, unpack(families))
local hasOthers = others > 0
local hasFamily = hasOthers and others > call('EXISTS', stalled, delayed)
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
  local last = #gone
  gone[last + 1], gone[last + 2], gone[last + 3] = job, job .. ':logs', job .. ':dependencies'
  gone[last + 4], gone[last + 5], gone[last + 6] = job .. ':processed', job .. ':failed', job .. ':unsuccessful'
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

${NEXT_JOB}

left = #ended
for _, nth in ipairs(ended) do
  left = left - 1
  local result = ARGV[3 * nth + 8]
  if isKept then call('HSET', jobs[nth], 'atm', attempts[nth], 'returnvalue', result, 'finishedOn', now) end
  call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'completed', 'jobId', ids[nth], 'returnvalue', result, 'prev',
    'active')
  answers[nth] = goOn(tokenOf(nth))
end
return answers
`;
