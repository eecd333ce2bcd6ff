/** How the indexes of a process share the room that there is for jobs. */
import { BLOCK } from './blocks.js';

/**
 * How many jobs each index may hold: what it wants, where that is little; the larger ones get equal parts of the rest. A
 * block at least.
 */
export function roomOfEach(wanted: readonly number[], most: number): number {
  let left = most;
  const sorted = [...wanted].sort((a, b) => a - b);
  for (const [index, jobs] of sorted.entries()) {
    const part = Math.floor(left / (sorted.length - index));
    if (jobs > part) return Math.max(part, BLOCK);
    left -= jobs;
  }
  return most;
}
