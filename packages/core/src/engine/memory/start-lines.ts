/** Starts of rate limits in memory: the lines of bullmq/starts.ts, without what saves a store its work. */
import { LATE } from '../bullmq/starts.js';
import type { StartLimit } from '../contract.js';
import type { MemoryJob } from './job.js';
import { JobList } from './job-list.js';
import type { StartWindow } from './start-window.js';

/** A line's rank is the priority first, then the order in which its jobs were taken. */
const PRIORITY = 2 ** 32;

/** A job that nobody will take. */
const OVER: ReadonlySet<MemoryJob['state']> = new Set(['removed', 'completed', 'failed'] as const);

/** What the lines do with the jobs of their queue: see `MemoryJobs`. */
interface DelayableJobs {
  delay(job: MemoryJob, wait: number): void;
  redelay(job: MemoryJob, wait: number): void;
  bringForward(job: MemoryJob): void;
}

interface Line {
  readonly limit: StartLimit;
  readonly window: StartWindow;
  readonly jobs: JobList;
}

export class StartLines {
  readonly #now: () => number;
  readonly #jobs: DelayableJobs;
  readonly #lines = new Map<string, Line>();
  #taken = 0;

  constructor(now: () => number, jobs: DelayableJobs) {
    this.#now = now;
    this.#jobs = jobs;
  }

  /**
   * Starts the job and answers true, or puts it in line.
   *
   * @param window of the key, for all queues of the name
   */
  take(job: MemoryJob, limit: StartLimit, window: StartWindow): boolean {
    const now = this.#now();
    const line = this.#lineOf(limit, window);
    const { jobs } = line;
    if (window.release(job)) jobs.pushFront(job, job.priority * PRIORITY);
    else if (!jobs.has(job)) jobs.push(job, job.priority * PRIORITY + ++this.#taken);
    const next = window.next(now, limit.max, limit.per);
    const isStarted = this.#headOf(line) === job && next <= now;
    if (isStarted) {
      jobs.delete(job);
      window.add(now);
    } else {
      this.#jobs.delay(job, next + Math.floor(jobs.length / limit.max) * limit.per + LATE - now);
    }
    this.#arrange(line);
    return isStarted;
  }

  /** Brings the first of the lines to the front whose start is due, with that start: one, as a worker takes one. */
  bringDue(): void {
    const now = this.#now();
    for (const line of this.#lines.values()) {
      const { limit, window, jobs } = line;
      const head = this.#headOf(line);
      if (!head || window.next(now, limit.max, limit.per) > now) continue;
      jobs.delete(head);
      window.add(now, head);
      const isDelayed = head.state === 'delayed';
      if (isDelayed) this.#jobs.bringForward(head);
      this.#arrange(line);
      if (isDelayed) return;
    }
  }

  clear(): void {
    this.#lines.clear();
  }

  #lineOf(limit: StartLimit, window: StartWindow): Line {
    const known = this.#lines.get(limit.key);
    const line = { limit, window, jobs: known?.jobs ?? new JobList() };
    this.#lines.set(limit.key, line);
    return line;
  }

  /** The first that is still there, without those that are gone. */
  #headOf({ jobs }: Line): MemoryJob | undefined {
    for (let head = jobs.first; head; head = jobs.first) {
      if (!OVER.has(head.state)) return head;
      jobs.delete(head);
    }
    return undefined;
  }

  /** The first of a line becomes due by itself when it may start. */
  #arrange(line: Line): void {
    const { limit, window } = line;
    const head = this.#headOf(line);
    if (head?.state !== 'delayed') return;
    const now = this.#now();
    this.#jobs.redelay(head, window.next(now, limit.max, limit.per) - now);
  }
}
