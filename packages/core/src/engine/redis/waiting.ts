/** The jobs on Redis that may have waited longest. */
import { PRIORITIES_LOOKED_AT } from '../contract.js';
import type { RedisClient } from './connection/connection.js';

/** BullMQ's scores of prioritized jobs: the priority by 2^32, and a counter. */
const OF_ONE_PRIORITY = 2 ** 32;

/** @param base the beginning of the queue's keys, with its colon */
export async function waitingHeads(client: RedisClient, base: string): Promise<string[]> {
  const heads: string[] = [];
  // The next job is at the end of the list.
  const [waiting, paused] = await Promise.all([client.lindex(`${base}wait`, -1), client.lindex(`${base}paused`, -1)]);
  for (const id of [waiting, paused]) if (id !== null) heads.push(id);
  let from = 0;
  for (let nth = 0; nth < PRIORITIES_LOOKED_AT; nth++) {
    const [id, score] = await client.zrangebyscore(`${base}prioritized`, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1);
    if (id === undefined) break;
    heads.push(id);
    from = (Math.floor(Number(score) / OF_ONE_PRIORITY) + 1) * OF_ONE_PRIORITY;
  }
  return heads;
}
