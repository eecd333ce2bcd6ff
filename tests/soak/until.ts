/** Waiting for what processes and servers do. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Said of a thing that was waited for and did not come. */
export class PatienceError extends Error {}

/** Asks again and again until the answer is true. */
export async function until(
  what: string,
  patience: number,
  condition: () => boolean | Promise<boolean>,
  interval = 50,
): Promise<void> {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new PatienceError(`Not after ${patience / 1_000} s: ${what}`);
    await sleep(interval);
  }
}
