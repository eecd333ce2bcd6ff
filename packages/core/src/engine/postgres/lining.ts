/**
 * Puts waiting jobs in line whose limit is reached, on PostgreSQL and the embedded store: see bullmq/starts.ts.
 *
 * Claims do not wait for it, as they look for jobs that may begin by an index. One worker does it at a time, some jobs a
 * statement, on a connection of its own, and rests in between: 100,000 take seconds of a core, which starts need too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartRequest } from '../bullmq/queue-store.js';
import type { RunSql } from './state.js';

/** Jobs that one statement puts in line: 10 to 22 ms on two busy cores. */
const BATCH = 300;

/** How long it rests after a statement, in times of what that took. */
const REST = 2;

export interface Lining {
  /** Waiting jobs are to be put in line. */
  start(limit: StartRequest['limit']): void;
  /** Resolves once no statement is under way. */
  close(): Promise<void>;
}

/**
 * For the worker of one queue.
 *
 * @param onError hears why jobs were not put in line: the next worker that finds none that may begin goes on
 */
export function createLining(run: RunSql, queue: string, onError: (error: unknown) => void, batch = BATCH): Lining {
  let isRunning = false;
  let isClosed = false;
  let sent: Promise<boolean> | undefined;

  /** Answers whether there may be more. */
  const send = async ({ key, isShared, max, per }: StartRequest['limit']): Promise<boolean> => {
    const [row] = await run<{ more: boolean }>('SELECT bizinsights_jobs.line_up_more($1, $2, $3, $4, $5) AS more', [
      queue,
      isShared ? key : null,
      max,
      per,
      batch,
    ]);
    return row?.more ?? false;
  };
  const lineUp = async (limit: StartRequest['limit']): Promise<void> => {
    while (!isClosed) {
      const start = performance.now();
      sent = send(limit);
      if (!(await sent)) return;
      await sleep((performance.now() - start) * REST, undefined, { ref: false });
    }
  };

  return {
    start(limit) {
      if (isRunning) return;
      isRunning = true;
      lineUp(limit)
        .catch(onError)
        .finally(() => {
          isRunning = false;
        });
    },
    async close() {
      isClosed = true;
      // Its error has been told.
      await sent?.catch(() => undefined);
    },
  };
}
