/** What an attempt on BullMQ does to its job. */
import type { Job } from 'bullmq';
import { atBorder } from '../connection-error.js';
import type { ActiveJob, Outcome, StartLimit } from '../contract.js';
import type { AttemptRef, AttemptStore } from './attempt-store.js';
import type { HeldLock } from './job-locks.js';
import type { Planning } from './job-scheduler.js';
import type { QueueStore } from './queue-store.js';

/** Log lines kept on one job; older ones go. */
const KEEP_LOGS = 1_000;

/** What decides when a job's turn is: of a fair queue, and of a rate limit. */
export interface Turns {
  /** Where the store is, for errors. */
  readonly address: string;
  readonly store: Pick<QueueStore, 'takeTurns' | 'takeStart'>;
  /** Of the worker. */
  readonly concurrency: number;
}

export class BullActiveJob implements ActiveJob {
  readonly attempt: AttemptRef;
  /** Whether the runner is at work on it, which never rejects. */
  isRunning = false;
  /** Of its run. */
  outcome: Outcome | undefined;
  /** Why the end of a completed job was not written. */
  problem: Error | undefined;

  constructor(
    readonly job: Job,
    readonly lock: HeldLock,
    readonly store: AttemptStore,
    readonly turns: Turns,
    /** Of a run of a schedule whose following run is being planned. It begins when that is done. */
    readonly planning?: Planning,
  ) {
    this.attempt = lock.attempt;
  }

  get isHeld(): boolean {
    return this.lock.isSure && this.planning?.isDone !== false;
  }

  async confirmHeld(): Promise<boolean> {
    if (!this.planning) return this.lock.confirm();
    return (await this.planning.done) && (this.lock.isSure || (await this.lock.confirm()));
  }

  saved(): Promise<Record<string, string> | undefined> {
    return this.store.saved(this.attempt);
  }

  save(field: string, value: string, ttl: number): Promise<boolean> {
    return this.store.save(this.attempt, field, value, ttl);
  }

  forget(): Promise<void> {
    return this.store.forget(this.attempt);
  }

  progress(value: object | number | string | boolean): Promise<boolean> {
    return this.store.progress(this.attempt, JSON.stringify(value) ?? 'null');
  }

  log(lines: readonly string[]): Promise<boolean> {
    return this.store.log(this.attempt, lines.slice(-KEEP_LOGS), KEEP_LOGS);
  }

  async takeTurn(tenant: string): Promise<void> {
    const { store, address } = this.turns;
    const [priority] = await store.takeTurns([tenant]);
    if (priority !== undefined) await atBorder(address, () => this.job.changePriority({ priority }));
  }

  async takeStart(limit: StartLimit): Promise<number | 'parked' | 'lost'> {
    const { store, concurrency } = this.turns;
    const { attempt, token } = this.lock;
    // The lock goes with a job that is put in line, and that is no loss.
    this.lock.isEnding = true;
    let answer: number | 'parked' | 'lost' | undefined;
    try {
      answer = await store.takeStart({ attempt, token, limit, concurrency });
      return answer;
    } finally {
      this.lock.isEnding = answer === 'parked';
    }
  }
}
