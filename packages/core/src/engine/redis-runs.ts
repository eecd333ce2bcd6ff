/** The runs of schedules on Redis, beside what BullMQ's own commands do. All keys of a queue are in one slot. */
import type { RunStore } from './bullmq-queue.js';
import type { WrittenRun } from './bullmq-runs.js';

/** Schedules that one script looks at: for so long nobody else is served. */
const BATCH = 1_000;

export const RUN_SCRIPTS = {
  /**
   * Of each schedule the slot of its next run: negative when that run has ended or is gone, 0 when there is no plan. A
   * job that is there and has not ended is in one of the lists.
   *
   * KEYS repeat, delayed · ARGV beginning of the job keys, keys of schedules…
   */
  bizinsightsPlannedRuns: `
local runs = {}
for index = 2, #ARGV do
  local at = redis.call('ZSCORE', KEYS[1], ARGV[index])
  if not at then
    runs[#runs + 1] = 0
  else
    local id = 'repeat:' .. ARGV[index] .. ':' .. at
    local isLive = redis.call('ZSCORE', KEYS[2], id)
    if not isLive then
      local job = redis.call('HMGET', ARGV[1] .. id, 'name', 'finishedOn')
      isLive = job[1] and not job[2]
    end
    runs[#runs + 1] = isLive and tonumber(at) or -tonumber(at)
  end
end
return runs`,
  /**
   * New data and options for plans and for their next runs, unless those have begun: then for the runs behind them.
   *
   * KEYS repeat, delayed · ARGV beginning of the job keys, for each: key, slot, data, options of the plan, options of
   * the job, priority, now, delay
   */
  bizinsightsRefreshRuns: `
local answers = {}
for index = 2, #ARGV, 8 do
  local key, at, data = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local isPlanned = redis.call('ZSCORE', KEYS[1], key) == at
  if isPlanned then
    redis.call('HSET', KEYS[1] .. ':' .. key, 'data', data, 'opts', ARGV[index + 3])
    local job = ARGV[1] .. 'repeat:' .. key .. ':' .. at
    local begun = redis.call('HMGET', job, 'name', 'ats', 'processedOn')
    if begun[1] and not begun[2] and not begun[3] then
      redis.call('HSET', job, 'data', data, 'opts', ARGV[index + 4], 'priority', ARGV[index + 5],
        'timestamp', ARGV[index + 6], 'delay', ARGV[index + 7])
    end
  end
  answers[#answers + 1] = isPlanned and 1 or 0
end
return answers`,
} as const;

/**
 * @param base the beginning of the queue's keys, with its colon
 * @param call runs a script by its name
 */
export function createRedisRuns(
  base: string,
  call: (name: keyof typeof RUN_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>,
): RunStore {
  const inBatches = async <T>(
    name: keyof typeof RUN_SCRIPTS,
    items: readonly T[],
    toArguments: (item: T) => (string | number)[],
  ): Promise<number[]> => {
    const batches: Promise<unknown>[] = [];
    for (let start = 0; start < items.length; start += BATCH) {
      const args = items.slice(start, start + BATCH).flatMap(toArguments);
      batches.push(call(name, `${base}repeat`, `${base}delayed`, base, ...args));
    }
    return (await Promise.all(batches)).flatMap((answer) => (Array.isArray(answer) ? answer.map(Number) : []));
  };
  return {
    async planned(keys) {
      const slots = await inBatches('bizinsightsPlannedRuns', keys, (key) => [key]);
      return slots.map((slot) => (slot === 0 ? undefined : { at: Math.abs(slot), isLive: slot > 0 }));
    },
    async refresh(runs) {
      const toArguments = ({ key, at, data, template, options }: WrittenRun) => [
        key,
        at,
        data,
        JSON.stringify(template),
        JSON.stringify(options),
        options.priority ?? 0,
        options.timestamp,
        options.delay ?? 0,
      ];
      return (await inBatches('bizinsightsRefreshRuns', runs, toArguments)).map((answer) => answer === 1);
    },
  };
}
