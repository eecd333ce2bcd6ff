/** The numbers of queues on Redis. */
import type { QueueCounts } from '../contract.js';

/** What the script looks at, in its order. */
const COUNTED = ['wait', 'prioritized', 'active', 'completed', 'failed', 'delayed', 'meta'] as const;

/** One script a queue. BullMQ's own leaves out whether the queue is paused, which would be a second question. */
export const COUNTS_SCRIPT = {
  numberOfKeys: COUNTED.length,
  lua: `
return {
  redis.call('LLEN', KEYS[1]), redis.call('ZCARD', KEYS[2]), redis.call('LLEN', KEYS[3]), redis.call('ZCARD', KEYS[4]),
  redis.call('ZCARD', KEYS[5]), redis.call('ZCARD', KEYS[6]), redis.call('HEXISTS', KEYS[7], 'paused')
}`,
} as const;

/** @param base the beginning of the queue's keys, with its colon */
export function countedKeys(base: string): string[] {
  return COUNTED.map((key) => base + key);
}

/** Reads the script's answer: waiting jobs of a paused queue count as paused, prioritized ones as waiting. */
export function readCounts(answer: unknown): QueueCounts {
  const numbers: number[] = Array.isArray(answer) ? answer.map(Number) : [];
  const [wait = 0, prioritized = 0, active = 0, completed = 0, failed = 0, delayed = 0, paused = 0] = numbers;
  const isPaused = paused === 1;
  const ready = wait + prioritized;
  return { waiting: isPaused ? 0 : ready, active, completed, failed, delayed, paused: isPaused ? ready : 0, isPaused };
}
