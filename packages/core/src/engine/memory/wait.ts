/** Waits for the ends of jobs in memory. */
import { defined } from '../../defined.js';
import { toTimer } from '../../timers.js';
import { unavailable } from '../connection-error.js';
import type { FinishedJob } from '../contract.js';
import type { MemoryJob } from './job.js';

export class MemoryEnds {
  readonly #watchers = new Set<(job: MemoryJob) => void>();
  /** How those that were removed have gone. */
  readonly #removals = new WeakMap<MemoryJob, FinishedJob>();
  /** Ends the waits for jobs, as nothing more is told of them. */
  readonly #waiting = new Set<(error: Error) => void>();

  /** How the job ended; undefined when `timeout` ms are over. Rejects `signal`'s reason when it aborts. */
  async wait(job: MemoryJob, timeout: number, signal: AbortSignal | undefined): Promise<FinishedJob | undefined> {
    const finished = toFinished(job);
    if (finished) return finished;
    return await new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        this.#waiting.delete(close);
        signal?.removeEventListener('abort', abort);
        finish();
      };
      const abort = () => settle(() => reject(signal?.reason));
      const close = (error: Error) => settle(() => reject(error));
      const watch = (changed: MemoryJob) => {
        const end = changed === job ? (this.#removals.get(job) ?? toFinished(changed)) : undefined;
        if (end) settle(() => resolve(end));
      };
      const timer = setTimeout(() => settle(() => resolve(undefined)), toTimer(timeout));
      this.#watchers.add(watch);
      this.#waiting.add(close);
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** A job has changed: who waits for it looks. */
  tell(job: MemoryJob): void {
    for (const watch of [...this.#watchers]) watch(job);
  }

  /** A job is being removed: what {@link wait} answers when it is told. */
  removed(job: MemoryJob, state: 'removed' | 'gone'): void {
    this.#removals.set(job, { state });
  }

  close(): void {
    for (const close of [...this.#waiting]) close(unavailable('memory', 'it has been closed'));
  }
}

function toFinished(job: MemoryJob): FinishedJob | undefined {
  if (job.state === 'completed') return { state: 'completed', value: job.snapshot().returnvalue };
  if (job.state === 'removed') return { state: 'gone' };
  if (job.state !== 'failed') return undefined;
  const trace = job.stacktrace.at(-1);
  return { state: 'failed', reason: job.failedReason, ...defined({ trace }) };
}
