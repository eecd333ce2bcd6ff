/** The texts of many jobs on Redis. */
import type { JobText } from '../contract.js';
import type { RedisClient } from './connection/connection.js';

const FIELDS = ['data', 'failedReason', 'timestamp', 'opts'] as const;

/** @param base the beginning of the queue's keys, with its colon */
export async function readTexts(client: RedisClient, base: string, ids: readonly string[]): Promise<JobText[]> {
  const found = await Promise.all(
    ids.map(async (id): Promise<JobText[]> => {
      const [data, failedReason, timestamp, opts] = await client.hmget(base + id, ...FIELDS);
      if (data == null) return [];
      return [
        { id, data, failedReason: failedReason ?? '', timestamp: Number(timestamp), opts: JSON.parse(opts ?? '{}') },
      ];
    }),
  );
  return found.flat();
}
