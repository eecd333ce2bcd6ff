/** Jobs read a few at a time, so that others are served in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobReader, JobText } from '../../engine/contract.js';
import { readableGroups } from '../../queue/readable-groups.js';

/** So long this process may work on jobs before it serves others. ms */
const TURN = 10;

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
