/**
 * Zones of a long list of waiting jobs: some in a row, and all keys by which their rates are limited. Where the limits of all
 * these keys are reached, no job of the zone can begin, and who looks for jobs of free keys need not read them.
 *
 * A job that is added to a long list notes its zone as `bzZone`. It joins the open zone only where the last job of that one is
 * the last of the list: no job that came in another way lies between two of a zone. What is not known of a zone is read.
 */

/** A shorter list has none: one script reads it. */
const LONG = 5_000;

/** Jobs of a zone: where one of its keys is free, all are read. */
const JOBS = 5_000;

/** Keys of a zone: each is looked at. */
const KEYS = 50;

/** How long a zone is known. s */
const KNOWN = 86_400;

/** Zones that one script passes over. */
const PASSED = 30;

/** `rateOf(opts)`: the key in the options of a job, or false. Most jobs have the same options: those are looked at once. */
export const RATE_OF = `
local rates = {}
local function rateOf(opts)
  if not opts then return false end
  local rate = rates[opts]
  if rate == nil then
    rate = string.match(opts, '"rate":"([^"\\\\]*)"') or false
    -- In a text its quotes would have backslashes. What has some itself is decoded.
    if not rate and string.find(opts, '"rate":"', 1, true) then
      local own = cjson.decode(opts)['bizinsights']
      rate = type(own) == 'table' and own['rate'] or false
    end
    rates[opts] = rate
  end
  return rate
end
`;

/**
 * `zoneOf(id, opts)`: the zone of the job that is added next, or nil; `keepZone()` is called behind the last one. Between
 * them, the list stays as it is. Needs `call`, `wait` and `ours`, where the keys of rate limits begin.
 */
export const JOIN_ZONE = `${RATE_OF}
local zones, open, opened, isKnown = ours .. 'zones', nil, 0, false
local isLong = call('LLEN', wait) > ${LONG}
local function keepZone()
  if not open then return end
  call('HSET', ours .. 'zone:' .. open.id, 'last', open.last, 'jobs', open.jobs)
  call('HSET', zones, 'id', open.id, 'last', open.last, 'jobs', open.jobs, 'keys', open.keys)
  call('EXPIRE', zones, ${KNOWN})
end
local function zoneOf(id, opts)
  local rate = isLong and rateOf(opts)
  if not rate then
    -- The next job is not in a row with those before this one.
    keepZone()
    open, isKnown = nil, true
    return nil
  end
  if not isKnown then
    isKnown = true
    local kept = call('HMGET', zones, 'id', 'last', 'jobs', 'keys')
    if kept[1] and kept[2] == call('LINDEX', wait, 0) then
      open = { id = kept[1], jobs = tonumber(kept[3]), keys = tonumber(kept[4]), has = {} }
      open.last = kept[2]
    end
  end
  local isIn = open and (open.has[rate] or call('HEXISTS', ours .. 'zone:' .. open.id, '=' .. rate) == 1)
  if not open or open.jobs >= ${JOBS} or not isIn and open.keys >= ${KEYS} then
    keepZone()
    local time = call('TIME')
    open = { id = string.format('%.0f', time[1] * 1000000 + time[2] + opened), jobs = 0, keys = 0, has = {} }
    opened, isIn = opened + 1, false
  end
  if not isIn then
    call('HSET', ours .. 'zone:' .. open.id, '=' .. rate, '1')
    call('EXPIRE', ours .. 'zone:' .. open.id, ${KNOWN})
    open.keys = open.keys + 1
  end
  open.has[rate] = true
  open.jobs, open.last = open.jobs + 1, id
  return open.id
end
`;

/**
 * `passZones(place, length)`: the first place from this one on that has to be read, and the last job before it where zones were passed
 * over. Needs `call`, `wait`, `base`, `ours`, `idAt(place)` and `free(key)`; places count from the front.
 */
export const PASS_ZONES = `
-- The zone of a job. One that has been taken, or stood in line, may have come back to another place.
local function zoneAt(id)
  local fields = call('HMGET', base .. id, 'bzZone', 'ats', 'bzLine', 'bzRank')
  return not (fields[2] or fields[3] or fields[4]) and fields[1]
end
local function passZones(place, length)
  local last
  for _ = 1, ${PASSED} do
    if place >= length then break end
    local id = zoneAt(idAt(place))
    if not id then break end
    local zone, ends, jobs = call('HGETALL', ours .. 'zone:' .. id), nil, 0
    for index = 1, #zone, 2 do
      if zone[index] == 'last' then
        ends = zone[index + 1]
      elseif zone[index] == 'jobs' then
        jobs = tonumber(zone[index + 1])
      elseif free(string.sub(zone[index], 2)) then
        ends = nil
        break
      end
    end
    if not ends or zoneAt(ends) ~= id then break end
    local at = idAt(place + jobs - 1) == ends and place + jobs - 1
    if not at then
      at = call('LPOS', wait, ends, 'RANK', -1, 'MAXLEN', place + jobs)
      at = at and length - 1 - at
    end
    if not at or at < place then break end
    place, last = at + 1, ends
  end
  return place, last
end
`;
