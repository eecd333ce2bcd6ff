/**
 * Jobs read a few at a time: how large they are is asked first, so that neither the store nor this process has more than
 * {@link READ_AT_ONCE} of them in hand, and others are served in between.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobReader, JobText } from '../../engine/contract.js';

/** Bytes that are asked for at once; a single job may have more. */
const READ_AT_ONCE = 1_000_000;

/** Jobs whose sizes are asked for at once. */
const SIZED_AT_ONCE = 100;

/** So long this process may work on jobs before it serves others. ms */
const TURN = 10;

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

/** The texts of jobs by their ids, without those that are gone. */
export async function* readTexts(
  queue: Pick<JobReader, 'sizes' | 'texts'>,
  ids: readonly string[],
): AsyncGenerator<JobText> {
  for await (const group of readableGroups(queue, ids)) yield* await queue.texts(group.ids);
}

/** To be awaited between two jobs: lets others have their turn when this one has lasted long enough. */
export function createBreather(): () => Promise<void> | undefined {
  let since = performance.now();
  const breathe = async () => {
    await nextTurn();
    since = performance.now();
  };
  return () => (performance.now() - since < TURN ? undefined : breathe());
}
