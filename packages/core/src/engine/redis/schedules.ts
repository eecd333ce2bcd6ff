/** The records of schedules on Redis: three maps and a sorted list for each index, all in one slot of a Cluster. */
import type { ScheduleStore } from '../contract.js';
import type { RedisClient } from './connection/connection.js';

/** Records that one script writes: for so long nobody else is served. */
const BATCH = 500;

export const SCHEDULE_SCRIPTS = {
  /** KEYS records, prints, indexes · ARGV beginning of the lists, for each: key, print, record, its indexes by lines */
  bizinsightsPutSchedules: `
-- Collected first, and written by one command each: there are few lists, and many keys in each.
local keys, records, prints, indexes, added = {}, {}, {}, {}, {}
for index = 2, #ARGV, 4 do keys[#keys + 1] = ARGV[index] end
local before = redis.call('HMGET', KEYS[3], unpack(keys))
for nth, key in ipairs(keys) do
  local index = nth * 4 - 2
  local lists = ARGV[index + 3]
  records[nth * 2 - 1], records[nth * 2] = key, ARGV[index + 2]
  prints[nth * 2 - 1], prints[nth * 2] = key, '~' .. ARGV[index + 1]
  if before[nth] ~= lists then
    if before[nth] then
      for list in string.gmatch(before[nth], '[^\\n]+') do redis.call('ZREM', ARGV[1] .. list, key) end
    end
    for list in string.gmatch(lists, '[^\\n]+') do
      local members = added[list] or {}
      members[#members + 1] = 0
      members[#members + 1] = key
      added[list] = members
    end
    indexes[#indexes + 1] = key
    indexes[#indexes + 1] = lists
  end
end
redis.call('HSET', KEYS[1], unpack(records))
redis.call('HSET', KEYS[2], unpack(prints))
if #indexes > 0 then redis.call('HSET', KEYS[3], unpack(indexes)) end
for list, members in pairs(added) do redis.call('ZADD', ARGV[1] .. list, unpack(members)) end
return 1`,
  /** KEYS records, prints, indexes · ARGV beginning of the lists, for each: key, print */
  bizinsightsSettleSchedules: `
local keys, answers, settled = {}, {}, {}
for index = 2, #ARGV, 2 do keys[#keys + 1] = ARGV[index] end
local prints = redis.call('HMGET', KEYS[2], unpack(keys))
for nth, key in ipairs(keys) do
  local print = ARGV[nth * 2 + 1]
  local isMine = prints[nth] == '~' .. print
  if isMine then
    settled[#settled + 1] = key
    settled[#settled + 1] = print
  end
  answers[nth] = isMine and 1 or 0
end
if #settled > 0 then redis.call('HSET', KEYS[2], unpack(settled)) end
return answers`,
  /** KEYS records, prints, indexes · ARGV beginning of the lists, keys… */
  bizinsightsRemoveSchedules: `
local removed = 0
for index = 2, #ARGV do
  local key = ARGV[index]
  local lists = redis.call('HGET', KEYS[3], key)
  if lists then
    for list in string.gmatch(lists, '[^\\n]+') do redis.call('ZREM', ARGV[1] .. list, key) end
  end
  removed = removed + redis.call('HDEL', KEYS[1], key)
  redis.call('HDEL', KEYS[2], key)
  redis.call('HDEL', KEYS[3], key)
end
return removed`,
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
