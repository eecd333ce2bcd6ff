/** Jobs that are reused, on Redis. */
import type { ClaimedJob, ReuseClaim } from '../bullmq/queue-store.js';
import { CLAIM_PATIENCE } from '../bullmq/reuse.js';

/**
 * A claim is a hash: the id of the job, when it was claimed, and whether the job has been seen in the store (`added`).
 *
 * KEYS claim, completed, failed (same hash slot) · ARGV prefix of the job keys, id, now, max age, kept for, patience (ms)
 */
const CLAIM = `
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
const CONFIRM = `
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
return redis.call('HSET', KEYS[1], 'added', 1)`;

export const REUSE_SCRIPTS = {
  bizinsightsClaimReuse: { numberOfKeys: 3, lua: CLAIM },
  bizinsightsConfirmReuse: { numberOfKeys: 1, lua: CONFIRM },
} as const;

type Call = (name: keyof typeof REUSE_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>;

/** Where a queue keeps its jobs and its claims, in one slot of a Cluster. Each with its colon. */
export interface ReuseKeys {
  readonly base: string;
  readonly reuse: string;
}

/** @param now epoch ms, of the clock by which jobs end: that of this process */
export async function claimReuse(
  call: Call,
  { base, reuse }: ReuseKeys,
  { key, id, maxAge, keptFor }: ReuseClaim,
  now = Date.now(),
): Promise<ClaimedJob> {
  const keys = [reuse + key, `${base}completed`, `${base}failed`];
  const answer = await call('bizinsightsClaimReuse', ...keys, base, id, now, maxAge, keptFor, CLAIM_PATIENCE);
  if (!Array.isArray(answer)) throw new TypeError('The script that claims a job answered no list');
  return { id: String(answer[0]), exists: answer[1] === 1 };
}

export async function confirmReuse(call: Call, { reuse }: ReuseKeys, key: string, id: string): Promise<void> {
  await call('bizinsightsConfirmReuse', reuse + key, id);
}
