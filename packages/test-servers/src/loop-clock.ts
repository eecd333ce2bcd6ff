/** ms that a step takes. */
const STEP = 50;

/**
 * Counts the time in which the event loop of this process runs, in ms to the last 50: a step that comes late counts once. A
 * test that asks whether something ends soon asks this clock, since by any other a machine that keeps the process from
 * running would seem to be slow code. Of code that blocks the event loop it sees nothing.
 */
export function startLoopClock(): { elapsed(): number; stop(): void } {
  let steps = 0;
  const timer = setInterval(() => {
    steps += 1;
  }, STEP);
  timer.unref();
  return { elapsed: () => steps * STEP, stop: () => clearInterval(timer) };
}

/** What {@link startLoopClock} counts until a promise settles. It rejects as the promise does. */
export async function loopTimeOf(awaited: Promise<unknown>): Promise<number> {
  const clock = startLoopClock();
  try {
    await awaited;
    return clock.elapsed();
  } finally {
    clock.stop();
  }
}
