/** The records of schedules on Redis: three maps and a sorted list for each index, all in one slot of a Cluster. */
import type { ScheduleStore } from '../contract.js';
import type { RedisClient } from './connection/connection.js';
import { PUT_SCHEDULES, REMOVE_SCHEDULES, SETTLE_SCHEDULES } from './scripts/index.js';

/** Records that one script writes: for so long nobody else is served. */
const BATCH = 500;

export const SCHEDULE_SCRIPTS = {
  bizinsightsPutSchedules: PUT_SCHEDULES,
  bizinsightsSettleSchedules: SETTLE_SCHEDULES,
  bizinsightsRemoveSchedules: REMOVE_SCHEDULES,
} as const;

/**
 * @param base the beginning of the keys, with the hash tag of their slot
 * @param run gives the client once it is connected, and turns errors into ours
 */
export function createRedisSchedules(
  base: string,
  run: <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>,
  call: (name: keyof typeof SCHEDULE_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>,
): ScheduleStore {
  const listBase = `${base}list:`;
  const [records, prints, indexes] = [`${base}records`, `${base}prints`, `${base}indexes`];
  const inBatches = async <T>(
    name: keyof typeof SCHEDULE_SCRIPTS,
    items: readonly T[],
    toArguments: (item: T) => string[],
  ): Promise<unknown[]> => {
    const batches: Promise<unknown>[] = [];
    for (let start = 0; start < items.length; start += BATCH) {
      const args = items.slice(start, start + BATCH).flatMap(toArguments);
      batches.push(call(name, records, prints, indexes, listBase, ...args));
    }
    return Promise.all(batches);
  };
  const fields = async (key: string, names: readonly string[]): Promise<(string | undefined)[]> =>
    names.length === 0 ? [] : (await run((client) => client.hmget(key, ...names))).map((value) => value ?? undefined);

  return {
    prints: (keys) => fields(prints, keys),
    records: (keys) => fields(records, keys),
    async put(schedules) {
      await inBatches('bizinsightsPutSchedules', schedules, ({ key, print, record, indexes: lists }) => [
        key,
        print,
        record,
        lists.join('\n'),
      ]);
    },
    async settle(settled) {
      const answers = await inBatches('bizinsightsSettleSchedules', settled, ({ key, print }) => [key, print]);
      return answers.flatMap((answer) => (Array.isArray(answer) ? answer.map((one) => one === 1) : []));
    },
    async remove(keys) {
      const counts = await inBatches('bizinsightsRemoveSchedules', keys, (key) => [key]);
      return counts.reduce<number>((sum, count) => sum + Number(count), 0);
    },
    keys: (index, after, limit) =>
      run((client) =>
        client.zrangebylex(`${listBase}${index}`, after === undefined ? '-' : `(${after}`, '+', 'LIMIT', 0, limit),
      ),
    count: (index) => run((client) => client.zcard(`${listBase}${index}`)),
  };
}
