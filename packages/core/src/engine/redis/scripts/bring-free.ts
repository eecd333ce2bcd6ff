/** The Lua that looks for jobs whose limit is not reached in a backlog that is being put in line: see ../starts.ts. */
import { PASS_ZONES, RATE_OF } from './zones.js';

/** Waiting jobs that one script reads. */
const READ_AT_ONCE = 6_000;

/** Jobs that are brought to the front: more than workers take until the next look. */
const BROUGHT = 50;

/**
 * Brings the first jobs of free keys to the front of a long list of waiting jobs. All of the list before a job has been read
 * when it is brought, and they keep their order: the jobs of a key begin in the order in which they wait. Jobs with priorities
 * are brought before all others, which cannot begin; in a fair queue they keep the turns of their tenants.
 *
 * KEYS wait, prioritized, ours, fair · ARGV beginning of the job keys, max, per ms, the last job that was read, or '' ·
 * answers whether there may be more, the last job that has been read, and how many were brought
 */
export const BRING_FREE = `
local wait, prioritized, ours = KEYS[1], KEYS[2], KEYS[3]
local base, max, per, last = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]) * 1000, ARGV[4]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local isFree = {}
local function free(k)
  if not k then return true end
  if isFree[k] == nil then
    isFree[k] = call('EXISTS', ours .. 'line:' .. k) == 0
      and call('ZCOUNT', ours .. 'window:' .. k, string.format('(%.0f', now - per), '+inf') < max
  end
  return isFree[k]
end
${RATE_OF}
-- One without a key needs no start.
local function isOfFree(opts) return opts and free(rateOf(opts)) end

-- What is taken first is at the end of the list, and at the beginning of the set.
local length = call('LLEN', wait)
local isList = length > 0
if not isList then
  if call('EXISTS', KEYS[4]) == 1 then return { 0, last, 0 } end
  length = call('ZCARD', prioritized)
end
local all = isList and wait or prioritized
local function idAt(place)
  if isList then return call('LINDEX', wait, length - 1 - place) end
  return call('ZRANGE', prioritized, place, place)[1]
end
-- Those at the front that are on their way already.
local leading = 0
while leading < ${BROUGHT} do
  local each = idAt(leading)
  if not each then break end
  if not call('ZSCORE', ours .. 'soon', each) and not isOfFree(call('HGET', base .. each, 'opts')) then break end
  leading = leading + 1
end
if leading == ${BROUGHT} then return { 0, last, 0 } end

-- How many of the front have been read.
local done = leading
if last ~= '' then
  local at
  if isList then
    -- Where all has been read, it is one of the last.
    at = call('LPOS', wait, last, 'MAXLEN', 1000) or call('LPOS', wait, last, 'RANK', -1)
    at = at and length - 1 - at
  else
    at = call('ZRANK', prioritized, last)
  end
  if at then done = math.max(done, at + 1) end
end
${PASS_ZONES}
if isList then
  local passed, lastPassed = passZones(done, length)
  if lastPassed then done, last = passed, lastPassed end
end
if done >= length then return { 0, last, 0 } end
local count = math.min(length - done, ${READ_AT_ONCE})
local from = isList and length - done - count or done
-- Reads the options of all at once; a Cluster refuses that.
local read = not string.find(base, '*', 1, true)
  and redis.pcall('SORT', all, 'BY', 'nosort', 'GET', base .. '*->opts', 'LIMIT', from, count)
if not read or read.err then
  read = {}
  for _, each in ipairs(call(isList and 'LRANGE' or 'ZRANGE', all, from, from + count - 1)) do
    read[#read + 1] = call('HGET', base .. each, 'opts')
  end
end
local found, lastPlace = {}, nil
for nth = 1, count do
  if isOfFree(read[isList and count - nth + 1 or nth]) then
    found[#found + 1] = idAt(done + nth - 1)
    if isList then
      call('LSET', wait, length - done - nth, '')
      call('HDEL', base .. found[#found], 'bzZone')
    end
    if leading + #found == ${BROUGHT} then break end
  else
    lastPlace = done + nth - 1
  end
end
if lastPlace then last = idAt(lastPlace) end
if #found > 0 and isList then
  call('LREM', wait, #found, '')
  local before = {}
  for _ = 1, leading do before[#before + 1] = call('RPOP', wait) end
  for index = #found, 1, -1 do call('RPUSH', wait, found[index]) end
  for index = #before, 1, -1 do call('RPUSH', wait, before[index]) end
elseif #found > 0 then
  local WEIGHT = 4294967296
  local next = tonumber(call('ZRANGE', prioritized, leading, leading, 'WITHSCORES')[2])
  local first = leading > 0 and tonumber(call('ZRANGE', prioritized, leading - 1, leading - 1, 'WITHSCORES')[2])
    or math.floor(next / WEIGHT) * WEIGHT
  for index, each in ipairs(found) do
    call('ZADD', prioritized, string.format('%.17g', first + (next - first) * index / (#found + 1)), each)
  end
end
return { done + count < length and leading + #found < ${BROUGHT} and 1 or 0, last, #found }`;
