/** Adds jobs that wait from the start: see ../adding/waiting.ts. */
import { JOIN_ZONE } from './zones.js';

/**
 * KEYS wait, marker, active, meta, id, events, ours (of rate limits) · ARGV prefix of the job keys, name of the jobs, and for each job its id, its
 * data, its options and its time
 */
export const ADD_WAITING = `
local wait, marker, active, meta, counter, events, ours = unpack(KEYS)
local prefix, name = ARGV[1], ARGV[2]
local call = redis.call
local kept = call('HMGET', meta, 'opts.maxLenEvents', 'paused', 'concurrency')
local maxEvents = kept[1]
if not maxEvents then
  maxEvents = 10000
  call('HSET', meta, 'opts.maxLenEvents', maxEvents)
end
call('INCRBY', counter, (#ARGV - 2) / 4)
${JOIN_ZONE}
local added = {}
for at = 3, #ARGV, 4 do
  local id = ARGV[at]
  local key = prefix .. id
  if call('EXISTS', key) == 1 then
    call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'duplicated', 'jobId', id)
  else
    call('HSET', key, 'name', name, 'data', ARGV[at + 1], 'opts', ARGV[at + 2], 'timestamp', ARGV[at + 3],
      'delay', '0', 'priority', '0')
    local zone = zoneOf(id, ARGV[at + 2])
    if zone then call('HSET', key, 'bzZone', zone) end
    call('XADD', events, '*', 'event', 'added', 'jobId', id, 'name', name)
    call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'event', 'waiting', 'jobId', id)
    added[#added + 1] = id
  end
end
keepZone()
if #added > 0 then
  call('LPUSH', wait, unpack(added))
  if not kept[2] and not (kept[3] and call('LLEN', active) >= tonumber(kept[3])) then call('ZADD', marker, 0, '0') end
end
`;
