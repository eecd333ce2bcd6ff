/** The worker's side of `dev`. */

/** What `dev` sends to have a worker drain. Windows has no signal that a process hears. */
export const STOP = 'stop';

/** Drains when `dev` says so, or is gone, unless a signal has said it before: a second one would give running jobs back. */
export function obeyDev(): void {
  let isEnding = false;
  const hear = (name: NodeJS.Signals) => {
    isEnding = true;
    // While its module is loaded, no worker listens.
    if (process.listenerCount(name) === 1) process.exit(0);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, hear);
  const end = () => {
    if (!isEnding) process.emit('SIGTERM', 'SIGTERM');
  };
  process.on('message', (message) => {
    if (message === STOP) end();
  });
  process.on('disconnect', end);
}
