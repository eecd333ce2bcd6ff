/** The runs of schedules on Redis, beside what BullMQ's own commands do. All keys of a queue are in one slot. */
import { type NextRun, type RunStore, toJobOptions, type WrittenRun } from '../bullmq/runs.js';
import { PLAN_NEXT_RUNS, PLAN_RUNS, PLANNED_RUNS, REFRESH_RUNS } from './scripts/index.js';

/** Schedules that one script looks at: for so long nobody else is served. */
const BATCH = 1_000;

/** Schedules that one script plans: writing takes longer than looking. */
const PLAN_BATCH = 200;

/** The queue's keys that the scripts touch, in their order. */
const KEYS = ['repeat', 'delayed', 'meta', 'events', 'marker', 'id'] as const;

/** A script on all of {@link KEYS}. */
const onQueue = (lua: string) => ({ numberOfKeys: KEYS.length, lua });

export const RUN_SCRIPTS = {
  bizinsightsPlanRuns: onQueue(PLAN_RUNS),
  bizinsightsPlanNextRuns: onQueue(PLAN_NEXT_RUNS),
  bizinsightsPlannedRuns: onQueue(PLANNED_RUNS),
  bizinsightsRefreshRuns: onQueue(REFRESH_RUNS),
} as const;

const keysOf = (base: string) => KEYS.map((key) => base + key);

/** Plans the runs behind those that a worker has taken. Safe to repeat. @param call runs the script of this name */
export async function planNextRuns(
  base: string,
  queue: string,
  runs: readonly NextRun[],
  call: (name: 'bizinsightsPlanNextRuns', ...args: (string | number)[]) => Promise<unknown>,
): Promise<unknown[]> {
  const batches: Promise<unknown>[] = [];
  for (let start = 0; start < runs.length; start += PLAN_BATCH) {
    const args = runs
      .slice(start, start + PLAN_BATCH)
      .flatMap(({ key, of, at, repeat }) => [
        key,
        of,
        at,
        JSON.stringify({ ...repeat, count: (repeat.count ?? 0) + 1 }),
      ]);
    batches.push(call('bizinsightsPlanNextRuns', ...keysOf(base), base, queue, Date.now(), ...args));
  }
  return Promise.all(batches);
}

/**
 * @param base the beginning of the queue's keys, with its colon
 * @param queue its name, which is that of its jobs
 * @param call runs a script by its name
 */
export function createRedisRuns(
  base: string,
  queue: string,
  call: (name: keyof typeof RUN_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>,
): RunStore {
  const keys = keysOf(base);
  const inBatches = async <T>(
    name: keyof typeof RUN_SCRIPTS,
    items: readonly T[],
    toArguments: (item: T) => (string | number)[],
    { size = BATCH, head = [] }: { size?: number; head?: (string | number)[] } = {},
  ): Promise<number[]> => {
    const batches: Promise<unknown>[] = [];
    for (let start = 0; start < items.length; start += size) {
      const args = items.slice(start, start + size).flatMap(toArguments);
      batches.push(call(name, ...keys, base, ...head, ...args));
    }
    return (await Promise.all(batches)).flatMap((answer) => (Array.isArray(answer) ? answer.map(Number) : []));
  };
  return {
    async planned(keys) {
      const slots = await inBatches('bizinsightsPlannedRuns', keys, (key) => [key]);
      return slots.map((slot) => (slot === 0 ? undefined : { at: Math.abs(slot), isLive: slot > 0 }));
    },
    async plan(runs) {
      const toArguments = ({ key, at, data, template, repeat }: WrittenRun) => {
        const { tz = '', pattern = '', startDate = '', endDate = '', every = '', offset = '' } = repeat;
        return [
          key,
          at,
          data,
          JSON.stringify(template),
          template.priority ?? 0,
          JSON.stringify(repeat),
          tz,
          pattern,
          startDate,
          endDate,
          every,
          offset,
        ];
      };
      const head = [queue, runs[0]?.now ?? Date.now()];
      const answers = await inBatches('bizinsightsPlanRuns', runs, toArguments, { size: PLAN_BATCH, head });
      return answers.map((answer) => answer === 1);
    },
    async refresh(runs) {
      const toArguments = (run: WrittenRun) => [
        run.key,
        run.at,
        run.data,
        JSON.stringify(run.template),
        JSON.stringify(toJobOptions(run)),
        run.template.priority ?? 0,
        run.now,
        Math.max(0, run.at - run.now),
      ];
      return (await inBatches('bizinsightsRefreshRuns', runs, toArguments)).map((answer) => answer === 1);
    },
  };
}
