/** How large jobs are on Redis, without reading them. */
import type { RedisClient } from './connection/connection.js';

/** The fields of a job that a caller may have made as long as it likes. */
const FIELDS = ['data', 'progress', 'returnvalue', 'failedReason', 'stacktrace'] as const;

/** @param base the beginning of the queue's keys, with its colon */
export async function readSizes(client: RedisClient, base: string, ids: readonly string[]): Promise<number[]> {
  return await Promise.all(
    ids.map(async (id) => {
      const lengths = await Promise.all(FIELDS.map((field) => client.hstrlen(base + id, field)));
      return lengths.reduce((sum, length) => sum + length, 0);
    }),
  );
}
