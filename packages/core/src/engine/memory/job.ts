/** One job in memory. What the host gave passes through JSON on its way in and out, as it does in a real store. */
import type { StoredJob, StoredOptions, StoredState } from '../contract.js';

/** What a new job is made of; `data` is JSON. */
export interface MemoryJobInit {
  readonly id: string;
  readonly queue: string;
  readonly data: string;
  readonly options: StoredOptions;
  readonly timestamp: number;
}

let lives = 0;

/** A job's record. Its queue alone changes it; others get a {@link MemoryJob.snapshot}. */
export class MemoryJob {
  readonly id: string;
  readonly queue: string;
  options: StoredOptions;
  readonly timestamp: number;
  readonly logs: string[] = [];
  readonly stacktrace: string[] = [];
  readonly #data: string;
  /** Tells the job from a removed one of the same id. */
  life: string;
  state: StoredState | 'removed' = 'waiting';
  delay: number;
  priority: number;
  attemptsMade = 0;
  attemptsStarted = 0;
  stalledCounter = 0;
  processedOn: number | undefined;
  finishedOn: number | undefined;
  failedReason = '';
  processedBy: string | undefined;
  /** Its worker is gone, and until then nobody else takes it; undefined while a worker has it. */
  lockedUntil: number | undefined;
  #progress = '0';
  #returnvalue = 'null';

  constructor({ id, queue, data, options, timestamp }: MemoryJobInit) {
    this.id = id;
    this.queue = queue;
    this.#data = data;
    // Also the options: a real store keeps them as text, and what JSON drops is not there.
    this.options = JSON.parse(JSON.stringify(options));
    this.timestamp = timestamp;
    this.life = String(++lives);
    this.delay = options.delay ?? 0;
    this.priority = options.priority ?? 0;
  }

  set progress(value: unknown) {
    this.#progress = JSON.stringify(value) ?? 'null';
  }

  /** @throws {TypeError} for a value that JSON has no word for */
  set returnvalue(value: unknown) {
    this.#returnvalue = JSON.stringify(value) ?? 'null';
  }

  /** What a copy takes, about. Bytes. */
  get size(): number {
    const texts = [this.#data, this.#progress, this.#returnvalue, this.failedReason, ...this.stacktrace];
    return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }

  /** A copy as a real store would give it. */
  snapshot(): StoredJob {
    return {
      id: this.id,
      name: this.queue,
      data: JSON.parse(this.#data),
      opts: { ...this.options },
      timestamp: this.timestamp,
      delay: this.delay,
      priority: this.priority,
      progress: JSON.parse(this.#progress),
      attemptsMade: this.attemptsMade,
      attemptsStarted: this.attemptsStarted,
      stalledCounter: this.stalledCounter,
      processedOn: this.processedOn,
      finishedOn: this.finishedOn,
      failedReason: this.failedReason,
      stacktrace: [...this.stacktrace],
      returnvalue: JSON.parse(this.#returnvalue),
      processedBy: this.processedBy,
    };
  }
}
