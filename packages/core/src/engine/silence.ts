/**
 * Limits that count the silence of a store and not our own lateness.
 *
 * Where the event loop stands still, timers fire before what has come meanwhile is read: a limit by the clock would be
 * over at once, with the answer in the socket. So a limit is cut into steps, of which one that comes late counts once.
 */

const STEPS = 8;

/** Calls `over` when `limit` ms of a running event loop are over. The answer calls it off. */
export function afterPatience(limit: number, over: () => void): () => void {
  let left = STEPS;
  let immediate: NodeJS.Immediate | undefined;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    // What has come in this turn is heard first.
    immediate = setImmediate(over);
  }, limit / STEPS);
  return () => {
    clearInterval(timer);
    clearImmediate(immediate);
  };
}

/** Rejects what `late` makes when `promise` has not settled in time. */
export function inPatience<T>(promise: Promise<T>, limit: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = afterPatience(limit, () => reject(late()));
    promise.finally(cancel).then(resolve, reject);
  });
}

/** What a silence is looked for on. */
export interface Heard {
  /** Whether an answer is waited for. */
  readonly isWaiting: () => boolean;
  readonly onSilent: () => void;
}

/** Looks for `limit` ms of silence while an answer is waited for. `heard` says that something came. */
export function watchSilence(limit: number, { isWaiting, onSilent }: Heard): { heard(): void; stop(): void } {
  let silent = 0;
  const timer = setInterval(() => {
    // The first step may have begun just before.
    silent = isWaiting() ? silent + 1 : 0;
    if (silent <= STEPS) return;
    clearInterval(timer);
    onSilent();
  }, limit / STEPS);
  timer.unref();
  return {
    heard() {
      silent = 0;
    },
    stop: () => clearInterval(timer),
  };
}
