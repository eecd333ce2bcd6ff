/** The Lua that looks for jobs whose limit is not reached in a backlog that is being put in line: see ../starts.ts. */

/** Waiting jobs that one script reads. */
const READ_AT_ONCE = 6_000;

/** Jobs that are brought to the front: more than workers take until the next look. */
const BROUGHT = 50;

/**
 * Brings the first jobs of free keys to the front of a long list of waiting jobs. All of the list before a job has been read
 * when it is brought, and they keep their order: the jobs of a key begin in the order in which they wait.
 *
 * KEYS wait, ours · ARGV beginning of the job keys, max, per ms, the last job that was read, or '' · answers whether there
 * may be more, and the last job that has been read
 */
export const BRING_FREE = `
local wait, ours = KEYS[1], KEYS[2]
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
local function isOfFree(opts)
  if not opts then return false end
  local own = string.match(opts, '"rate":"([^"\\\\]*)"')
  if not own and string.find(opts, '"rate":"', 1, true) then own = cjson.decode(opts)['bizinsights']['rate'] end
  return free(own)
end

local length = call('LLEN', wait)
-- Those at the front that are on their way already.
local front = call('LRANGE', wait, -${BROUGHT}, -1)
local leading = 0
for index = #front, 1, -1 do
  local each = front[index]
  if not call('ZSCORE', ours .. 'soon', each) and not isOfFree(call('HGET', base .. each, 'opts')) then break end
  leading = leading + 1
end
if leading == ${BROUGHT} then return { 0, last } end

-- How many of the front have been read.
local done = leading
if last ~= '' then
  -- Where all has been read, it is one of the last.
  local at = call('LPOS', wait, last, 'MAXLEN', 1000) or call('LPOS', wait, last, 'RANK', -1)
  if at then done = math.max(done, length - at) end
end
local till = length - 1 - done
local from = math.max(0, till - ${READ_AT_ONCE - 1})
if till < 0 then return { 0, last } end
-- Reads the options of all at once; a Cluster refuses that.
local read = not string.find(base, '*', 1, true)
  and redis.pcall('SORT', wait, 'BY', 'nosort', 'GET', '#', 'GET', base .. '*->opts', 'LIMIT', from, till - from + 1)
if not read or read.err then
  read = {}
  for _, each in ipairs(call('LRANGE', wait, from, till)) do
    read[#read + 1] = each
    read[#read + 1] = call('HGET', base .. each, 'opts')
  end
end
local found = {}
for index = #read - 1, 1, -2 do
  if isOfFree(read[index + 1]) then
    found[#found + 1] = read[index]
    call('LSET', wait, from + (index - 1) / 2, '')
    if leading + #found == ${BROUGHT} then break end
  else
    last = read[index]
  end
end
if #found > 0 then
  call('LREM', wait, #found, '')
  local before = {}
  for _ = 1, leading do before[#before + 1] = call('RPOP', wait) end
  for index = #found, 1, -1 do call('RPUSH', wait, found[index]) end
  for index = #before, 1, -1 do call('RPUSH', wait, before[index]) end
end
return { from > 0 and leading + #found < ${BROUGHT} and 1 or 0, last }`;
