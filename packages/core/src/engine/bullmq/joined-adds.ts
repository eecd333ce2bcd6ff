/** Jobs that many callers add at the same moment, and that go to the store together. */
import type { WrittenJob } from './job-json.js';

/** Jobs, and characters of their data, that are sent in one step: the store serves others in between. */
const MOST = { jobs: 50, characters: 100_000 } as const;

interface Batch {
  readonly jobs: WrittenJob[];
  characters: number;
  readonly sent: Promise<void>;
  readonly send: () => void;
}

export class JoinedAdds {
  readonly #write: (jobs: readonly WrittenJob[]) => Promise<void>;
  #batch: Batch | undefined;

  constructor(write: (jobs: readonly WrittenJob[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the job has been added, with those that were added before the current callback ended. */
  add(job: WrittenJob): Promise<void> {
    this.#batch ??= this.#begin();
    const batch = this.#batch;
    batch.jobs.push(job);
    batch.characters += job.data.length;
    if (batch.jobs.length >= MOST.jobs || batch.characters >= MOST.characters) this.flush();
    return batch.sent;
  }

  /** Sends what has been joined so far: before another job, which is to be behind it. */
  flush(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    batch?.send();
  }

  #begin(): Batch {
    const jobs: WrittenJob[] = [];
    let send = () => {};
    const sent = new Promise<void>((resolve, reject) => {
      send = () => this.#write(jobs).then(resolve, reject);
    });
    queueMicrotask(() => {
      if (this.#batch?.jobs === jobs) this.flush();
    });
    return { jobs, characters: 0, sent, send };
  }
}
