/** Claims jobs that are reused. */

/**
 * A claim is a hash: the id of the job, when it was claimed, and whether the job has been seen in the store (`added`).
 *
 * KEYS claim, completed, failed (same hash slot) · ARGV prefix of the job keys, id, now, max age, kept for, patience (ms)
 */
export const CLAIM_REUSE = `
local claim, now, keptFor = KEYS[1], tonumber(ARGV[3]), ARGV[5]
local found = redis.call('HMGET', claim, 'id', 'at', 'added')
local id = found[1]
if id then
  if redis.call('EXISTS', ARGV[1] .. id) == 1 then
    local completed = redis.call('ZSCORE', KEYS[2], id)
    local isReusable
    if completed then
      isReusable = tonumber(completed) >= now - tonumber(ARGV[4])
    else
      isReusable = not redis.call('ZSCORE', KEYS[3], id)
    end
    if isReusable then
      redis.call('HSET', claim, 'added', 1)
      if redis.call('PTTL', claim) < tonumber(keptFor) then redis.call('PEXPIRE', claim, keptFor) end
      return {id, 1}
    end
  elseif not found[3] and tonumber(found[2]) > now - tonumber(ARGV[6]) then
    return {id, 0}
  end
end
redis.call('DEL', claim)
redis.call('HSET', claim, 'id', ARGV[2], 'at', ARGV[3])
redis.call('PEXPIRE', claim, keptFor)
return {ARGV[2], 0}`;

/** KEYS claim · ARGV id */
export const CONFIRM_REUSE = `
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
return redis.call('HSET', KEYS[1], 'added', 1)`;
