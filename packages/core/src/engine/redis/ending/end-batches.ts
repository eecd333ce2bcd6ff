/**
 * Ends that are sent together.
 *
 * The answers of Redis come many at a time to a busy worker, so that many of its jobs end in the same turn. What one script
 * does for them costs Redis less than a script for each. But Redis is to have work while Node makes the rest, and the
 * other way round: so no more than a part of a worker's jobs go together, and nothing waits longer than until Node has come
 * to the end of what it has.
 */

/** Of the jobs that a worker runs at once, the part that goes together. */
const PART = 2;

/** Jobs of one script: fewer cost more together. */
const SIZES = { least: 3, most: 8 } as const;

/** A completed job. */
export interface Ended {
  readonly id: string;
  readonly token: string;
  /** JSON */
  readonly result: string;
  readonly isNextWanted: boolean;
}

/** How many jobs are kept. */
export interface EndTerms {
  /** The rank of the newest of the earlier jobs to remove, '0' to keep not even this one, '' to remove none. */
  readonly count: string;
  /** s */
  readonly age?: number;
}

/** Runs the scripts: see scripts/end-completed.ts for their arguments. */
export interface EndScripts {
  /** Answers what the script says of the end. */
  readonly one: (args: readonly string[]) => Promise<unknown>;
  /** Answers that of each. */
  readonly some: (args: readonly string[]) => Promise<unknown>;
}

/** Ends that wait for others. */
interface Batch {
  readonly terms: EndTerms;
  readonly isNextWanted: boolean;
  /** Epoch ms */
  readonly finishedOn: number;
  /** Of the script. */
  readonly args: string[];
  size: number;
  readonly answers: Promise<readonly unknown[]>;
  readonly send: () => void;
}

/** The ends of one worker. */
export class EndBatches {
  readonly #most: number;
  readonly #scripts: EndScripts;
  #open: Batch | undefined;

  constructor(concurrency: number, scripts: EndScripts) {
    const size = Math.min(SIZES.most, Math.floor(concurrency / PART));
    this.#most = size < SIZES.least ? 1 : size;
    this.#scripts = scripts;
  }

  /**
   * @param terms are compared as they are: what is the same should be one object
   * @param read is given the script's answer for this end, and when the job has ended: epoch ms
   * @param failed is given the error of the script
   */
  end<T>(
    { id, token, result, isNextWanted }: Ended,
    terms: EndTerms,
    read: (answer: unknown, finishedOn: number) => T | Promise<T>,
    failed: (error: unknown) => Promise<T>,
  ): Promise<T> {
    const most = Math.min(this.#most, keptOf(terms));
    if (most === 1) {
      const finishedOn = Date.now();
      const args = argumentsOf(terms, isNextWanted, finishedOn);
      args.push(id, token, result);
      return this.#scripts.one(args).then((answer) => read(answer, finishedOn), failed);
    }
    const open = this.#open;
    if (open && (open.terms !== terms || open.isNextWanted !== isNextWanted)) this.#close(open);
    const batch = this.#open ?? this.#begin(terms, isNextWanted);
    const nth = batch.size++;
    batch.args.push(id, token, result);
    if (batch.size >= most) this.#close(batch);
    else if (nth === 0) process.nextTick(this.#closeAny);
    return batch.answers.then((answers) => read(answers[nth], batch.finishedOn), failed);
  }

  #begin(terms: EndTerms, isNextWanted: boolean): Batch {
    const finishedOn = Date.now();
    const args = argumentsOf(terms, isNextWanted, finishedOn);
    let send = () => {};
    const answers = new Promise<readonly unknown[]>((resolve, reject) => {
      send = () => {
        if (batch.size === 1) this.#scripts.one(args).then((answer) => resolve([answer]), reject);
        else this.#scripts.some(args).then((all) => resolve(Array.isArray(all) ? all : []), reject);
      };
    });
    const batch: Batch = { terms, isNextWanted, finishedOn, args, size: 0, answers, send };
    this.#open = batch;
    return batch;
  }

  readonly #closeAny = () => this.#open && this.#close(this.#open);

  #close(batch: Batch): void {
    this.#open = undefined;
    batch.send();
  }
}

/** What the scripts take beside the ends. */
export function argumentsOf({ count, age }: EndTerms, isNextWanted: boolean, finishedOn: number): string[] {
  const oldest = age === undefined ? '' : String(finishedOn - age * 1_000);
  const due = String((finishedOn + 1) * 4_096 - 1);
  return [String(finishedOn), isNextWanted ? '1' : '0', count, oldest, due];
}

/** How many jobs are kept: no more go together, or some of them would have to be removed with the others. */
function keptOf({ count }: EndTerms): number {
  return Number(count) < 0 ? -Number(count) : Number.POSITIVE_INFINITY;
}
