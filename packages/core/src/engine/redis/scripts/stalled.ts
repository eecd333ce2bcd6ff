/** Takes jobs back whose worker has died: see ../stalled.ts. */

/** About 12 ms where 10,000 jobs run; with 200 it was 20, and not sooner done as a whole. */
const AT_ONCE = 100;

/** What a worker has kept aside and never looked at, as it died over it, is found by the next check. s */
const ASIDE_TTL = 60;

/** What `unpack` of Lua takes. */
const UNPACKED = 5_000;

/**
 * KEYS stalled, stalled-check, those kept aside · ARGV '1' for the first part · answers 1 when there is a further part: for
 * a later one, when the set holds it
 */
export const STALLED_PART = `
local stalled, check, aside = KEYS[1], KEYS[2], KEYS[3]
local call = redis.call
if ARGV[1] == '1' then
  local over = call('SCARD', stalled) - ${AT_ONCE}
  -- Somebody has looked lately: BullMQ's script does nothing.
  if over <= 0 or call('EXISTS', check) == 1 then return 0 end
  local others = call('SPOP', stalled, over)
  for index = 1, #others, ${UNPACKED} do
    call('SADD', aside, unpack(others, index, math.min(index + ${UNPACKED - 1}, #others)))
  end
  call('EXPIRE', aside, ${ASIDE_TTL})
  return 1
end
local part = call('SPOP', aside, ${AT_ONCE})
if #part == 0 then return 0 end
-- BullMQ's script has put all running jobs there, and does so again.
call('UNLINK', stalled, check)
call('SADD', stalled, unpack(part))
return 1`;
