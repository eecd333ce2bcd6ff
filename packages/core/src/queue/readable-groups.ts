/**
 * Jobs read a few at a time: how large they are is asked first, so that neither the store nor this process has more than
 * {@link READ_AT_ONCE} of them in hand.
 */
import type { JobReader } from '../engine/contract.js';

/** Bytes that are asked for at once; a single job may have more. */
const READ_AT_ONCE = 1_000_000;

/** Jobs whose sizes are asked for at once. */
const SIZED_AT_ONCE = 100;

/** Ids in their order, in groups that may be read at once, each with its size in bytes. */
export async function* readableGroups(
  queue: Pick<JobReader, 'sizes'>,
  ids: readonly string[],
): AsyncGenerator<{ readonly ids: readonly string[]; readonly bytes: number }> {
  for (let start = 0; start < ids.length; start += SIZED_AT_ONCE) {
    const some = ids.slice(start, start + SIZED_AT_ONCE);
    const sizes = await queue.sizes(some);
    let [group, bytes]: [string[], number] = [[], 0];
    for (const [index, id] of some.entries()) {
      const size = sizes[index] ?? 0;
      if (group.length > 0 && bytes + size > READ_AT_ONCE) {
        yield { ids: group, bytes };
        [group, bytes] = [[], 0];
      }
      group.push(id);
      bytes += size;
    }
    yield { ids: group, bytes };
  }
}
