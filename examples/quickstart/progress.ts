/** Shows how far the jobs are: one line that changes on a terminal, a line now and then elsewhere. */
import type { JobsEventEmitter } from '@bizinsights/jobs-core';

const LINE_EVERY = 50;
const BAR = 30;

export interface Counts {
  readonly sent: number;
  readonly retries: number;
  readonly failed: number;
}

export function createProgress(ids: ReadonlySet<string>, events: JobsEventEmitter) {
  let sent = 0;
  let retries = 0;
  let failed = 0;
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const show = () => {
    const ended = sent + failed;
    const bar = '#'.repeat(Math.round((ended / ids.size) * BAR)).padEnd(BAR, '.');
    const line = `[${bar}] ${ended}/${ids.size} mails, ${retries} tried again`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
    else if (ended % LINE_EVERY === 0 || ended === ids.size) console.log(line);
    if (ended === ids.size) finish();
  };
  events.on('job:completed', ({ id }) => {
    // Another run on the same store may have left jobs of its own.
    if (!ids.has(id)) return;
    sent += 1;
    show();
  });
  events.on('job:failed', ({ id, willRetry }) => {
    if (!ids.has(id)) return;
    if (willRetry) retries += 1;
    else failed += 1;
    if (!willRetry) show();
  });
  if (ids.size === 0) finish();
  return { done, counts: (): Counts => ({ sent, retries, failed }) };
}
