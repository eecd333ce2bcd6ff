/**
 * Jobs whose worker has died are taken back a part at a time.
 *
 * BullMQ's script takes all of them back, and looks for each in the list of running jobs: with 10,000 Redis serves nobody
 * else for a third of a second. What is more than a part is kept aside before it, and looked at by further calls.
 */
import type { IQueueBackend } from 'bullmq';

/** About 10 ms where 10,000 jobs run. */
const AT_ONCE = 200;

/** What a worker has kept aside and never looked at, as it died over it, is found by the next check. s */
const ASIDE_TTL = 60;

/** What `unpack` of Lua takes. */
const UNPACKED = 5_000;

/**
 * KEYS stalled, stalled-check, those kept aside · ARGV '1' for the first part · answers 1 when there is a further part: for
 * a later one, when the set holds it
 */
const STALLED_PART = `
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

export const STALLED_SCRIPTS = {
  bizinsightsStalledPart: { numberOfKeys: 3, lua: STALLED_PART },
} as const;

/**
 * Changes a backend. Answers the same backend.
 *
 * @param call the script, on the connection of the backend: what is sent together is done in its order
 */
export function recoverFewAtOnce(
  backend: IQueueBackend,
  call: (name: keyof typeof STALLED_SCRIPTS, ...args: string[]) => Promise<unknown>,
  { base, aside }: { readonly base: string; readonly aside: string },
): IQueueBackend {
  const keys = [`${base}stalled`, `${base}stalled-check`, aside];
  const recover = backend.moveStalledJobsToWait.bind(backend);
  backend.moveStalledJobsToWait = async () => {
    const [first, ids] = await Promise.all([call('bizinsightsStalledPart', ...keys, '1'), recover()]);
    if (first !== 1) return ids;
    const recovered = [...ids];
    while ((await call('bizinsightsStalledPart', ...keys, '0')) === 1) recovered.push(...(await recover()));
    return recovered;
  };
  return backend;
}
