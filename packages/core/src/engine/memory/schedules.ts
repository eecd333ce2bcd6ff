/** The records of schedules in memory. */
import type { ScheduleStore, StoredSchedule } from '../contract.js';

export interface MemorySchedules extends ScheduleStore {
  clear(): void;
}

/** @param assertOpen throws when the engine has been closed */
export function createMemorySchedules(assertOpen: () => void): MemorySchedules {
  const byKey = new Map<string, StoredSchedule>();
  const open = (): Map<string, StoredSchedule> => {
    assertOpen();
    return byKey;
  };
  const of = (index: string) => [...open().values()].filter(({ indexes }) => indexes.includes(index));
  return {
    prints: async (keys) => keys.map((key) => open().get(key)?.print),
    records: async (keys) => keys.map((key) => open().get(key)?.record),
    async put(schedules) {
      for (const schedule of schedules) open().set(schedule.key, { ...schedule, print: `~${schedule.print}` });
    },
    async settle(prints) {
      return prints.map(({ key, print }) => {
        const schedule = open().get(key);
        if (schedule?.print !== `~${print}`) return false;
        byKey.set(key, { ...schedule, print });
        return true;
      });
    },
    async remove(keys) {
      return keys.filter((key) => open().delete(key)).length;
    },
    async keys(index, after, limit) {
      const keys = of(index).map(({ key }) => key);
      return keys
        .filter((key) => after === undefined || key > after)
        .sort()
        .slice(0, limit);
    },
    count: async (index) => of(index).length,
    clear: () => byKey.clear(),
  };
}
