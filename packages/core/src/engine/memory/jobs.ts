/** The jobs of one queue by their states, and the moves between them in BullMQ's order. */

import type { StoredState } from '../contract.js';
import type { Tell } from './events.js';
import type { MemoryJob } from './job.js';
import { JobList } from './job-list.js';
import { StartLines } from './start-lines.js';

export class MemoryJobs {
  readonly #now: () => number;
  readonly #tell: Tell;
  readonly #onTaken: (job: MemoryJob) => void;
  /** Those of its rate limits. */
  readonly lines: StartLines;
  readonly #byId = new Map<string, MemoryJob>();
  readonly #lists: Readonly<Record<StoredState, JobList>> = {
    waiting: new JobList(),
    prioritized: new JobList(),
    delayed: new JobList(),
    active: new JobList(),
    completed: new JobList(),
    failed: new JobList(),
    'waiting-children': new JobList(),
  };
  isPaused = false;

  /** @param onTaken a worker has taken it */
  constructor(now: () => number, tell: Tell, onTaken: (job: MemoryJob) => void = () => {}) {
    this.#now = now;
    this.#onTaken = onTaken;
    this.#tell = tell;
    this.lines = new StartLines(now, this);
  }

  get(id: string): MemoryJob | undefined {
    return this.#byId.get(id);
  }

  /** The jobs of a state: the next one first or, of a state that is past, the oldest. */
  list(state: StoredState): JobList {
    return this.#lists[state];
  }

  /** When the next delayed job is due. */
  get nextDue(): number | undefined {
    return this.#lists.delayed.firstRank;
  }

  /** How many jobs a worker could take now. */
  get readyCount(): number {
    this.#promoteDue();
    return this.isPaused ? 0 : this.#lists.waiting.length + this.#lists.prioritized.length;
  }

  add(job: MemoryJob): void {
    this.#byId.set(job.id, job);
    this.#tell('added', job.id);
    if (job.delay > 0) this.#moveToDelayed(job, job.timestamp + job.delay);
    else this.enqueue(job);
  }

  /** Takes the next job that is due, or the named one if it is, for an attempt. */
  take(worker: string, id?: string): MemoryJob | undefined {
    if (!this.isPaused && id === undefined) this.lines.bringDue();
    this.#promoteDue();
    if (this.isPaused) return undefined;
    const job = id === undefined ? (this.#lists.waiting.first ?? this.#lists.prioritized.first) : this.get(id);
    if (job?.state !== 'waiting' && job?.state !== 'prioritized') return undefined;
    job.processedOn = this.#now();
    job.processedBy = worker;
    job.attemptsStarted += 1;
    this.#move(job, 'active');
    this.#tell('active', job.id);
    this.#onTaken(job);
    return job;
  }

  /** Behind those that wait, by the job's priority. */
  enqueue(job: MemoryJob): void {
    this.#move(job, job.priority > 0 ? 'prioritized' : 'waiting', job.priority);
    this.#tell('waiting', job.id);
  }

  /** Before those that wait, of the same priority. */
  putBack(job: MemoryJob): void {
    this.#leave(job);
    job.state = job.priority > 0 ? 'prioritized' : 'waiting';
    this.#lists[job.state].pushFront(job, job.priority);
    this.#tell('waiting', job.id);
  }

  /** Takes jobs back whose worker has been gone for long enough, and answers them. */
  recoverStalled(): MemoryJob[] {
    const now = this.#now();
    const stalled = this.#lists.active.jobs.filter(({ lockedUntil = Infinity }) => lockedUntil <= now);
    for (const job of stalled) this.giveUp(job);
    return stalled;
  }

  /** Nobody has the job any more: the next worker takes it. */
  giveUp(job: MemoryJob): void {
    job.lockedUntil = undefined;
    job.stalledCounter += 1;
    this.putBack(job);
    this.#tell('stalled', job.id);
  }

  /** A delayed job, before those that wait. */
  bringForward(job: MemoryJob): void {
    job.delay = 0;
    this.putBack(job);
  }

  /** A delayed job is due at another time. @param wait ms from now */
  redelay(job: MemoryJob, wait: number): void {
    job.delay = wait;
    this.#move(job, 'delayed', this.#now() + wait);
  }

  /** @param wait ms from now */
  delay(job: MemoryJob, wait: number): void {
    job.delay = wait;
    this.#moveToDelayed(job, this.#now() + wait);
  }

  promote(job: MemoryJob): void {
    job.delay = 0;
    this.enqueue(job);
  }

  finish(job: MemoryJob, state: 'completed' | 'failed'): void {
    const now = this.#now();
    job.finishedOn = now;
    this.#move(job, state, now);
    this.#tell(state, job.id);
  }

  remove(job: MemoryJob): void {
    this.expire(job);
    job.state = 'removed';
    this.#tell('removed', job.id);
  }

  /** Removes a job that has ended, by its retention: its state stays what its end was. */
  expire(job: MemoryJob): void {
    this.#leave(job);
    this.#byId.delete(job.id);
  }

  /** Removes all, and answers what there was. */
  clear(): MemoryJob[] {
    const jobs = [...this.#byId.values()];
    for (const job of jobs) this.remove(job);
    this.isPaused = false;
    this.lines.clear();
    return jobs;
  }

  #promoteDue(): void {
    const { delayed } = this.#lists;
    const now = this.#now();
    for (let job = delayed.first; job && (delayed.firstRank ?? 0) <= now; job = delayed.first) this.promote(job);
  }

  #moveToDelayed(job: MemoryJob, until: number): void {
    this.#move(job, 'delayed', until);
    this.#tell('delayed', job.id);
  }

  #move(job: MemoryJob, state: StoredState, rank = 0): void {
    this.#leave(job);
    job.state = state;
    this.#lists[state].push(job, rank);
  }

  #leave(job: MemoryJob): void {
    if (job.state !== 'removed') this.#lists[job.state].delete(job);
  }
}
