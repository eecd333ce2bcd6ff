/** Adds jobs to one queue on BullMQ. */
import { defined } from '../../defined.js';
import type { NewJob } from '../contract.js';
import type { BullClient, BullClientOptions, BullMqQueue } from './client.js';
import { type WrittenJob, waitsAtOnce, writeJob } from './job-json.js';
import { JoinedAdds } from './joined-adds.js';
import type { QueueStore } from './queue-store.js';
import { addReusable } from './reuse.js';

/** Jobs that are added in one step. */
const BATCH = 1_000;

/** What it works with. */
export interface BullAddingOptions extends Pick<BullClientOptions, 'name' | 'telemetry'> {
  /**
   * PostgreSQL: many jobs of all kinds are added by one statement. On Redis each kind has its script, and their order stays on
   * its one connection. And not every text can be stored.
   */
  readonly isSql: boolean;
  /** How many jobs one statement adds, reads or removes at most, where the whole process waits for it. Absent: more. */
  readonly batch?: number | undefined;
  /** Runs a write so that more than the store's first server has it when it resolves. Absent: as BullMQ does. */
  readonly acknowledged?: (<T>(write: () => Promise<T>) => Promise<T>) | undefined;
  readonly store: QueueStore;
}

export class BullAdding {
  readonly #options: BullAddingOptions;
  readonly #client: BullClient;
  readonly #joined: JoinedAdds | undefined;

  constructor(options: BullAddingOptions, client: BullClient) {
    this.#options = options;
    this.#client = client;
    const { store } = options;
    if (store.addWaiting) {
      this.#joined = new JoinedAdds((jobs) => client.run(this.#acknowledged(async () => store.addWaiting?.(jobs))));
    }
  }

  async add(job: NewJob): Promise<string> {
    if (job.reuse) return (await this.addMany([job]))[0] ?? job.id;
    const queue = this.#client.usable() ?? (await this.#client.open());
    const written = writeJob(this.#options.name, job, this.#options.isSql);
    if (job.tenant !== undefined) await this.#giveTurns([job], [written]);
    // Telemetry is in BullMQ's own `add`; without it, its backend alone does the same for less.
    if (this.#options.telemetry) {
      const options = { ...written.opts, jobId: job.id };
      return await this.#write(queue, async (to) => (await to.add(this.#options.name, job.data, options)).id ?? job.id);
    }
    // `await`: a promise that is returned as it is costs two more turns of the microtask queue.
    return await this.#addWritten(queue, written);
  }

  async addMany(jobs: readonly NewJob[]): Promise<string[]> {
    if (!jobs.some(({ reuse }) => reuse)) return await this.#addAll(jobs);
    if (!this.#client.usable()) await this.#client.open();
    return await addReusable(jobs, this.#options.store, (missing) => this.#addAll(missing));
  }

  async #addAll(jobs: readonly NewJob[]): Promise<string[]> {
    const queue = this.#client.usable() ?? (await this.#client.open());
    const { isSql, telemetry, batch } = this.#options;
    // All are written as JSON before the first one goes: one that can't be keeps all of them out.
    const written = jobs.map((job) => writeJob(this.#options.name, job, isSql));
    if (batch === undefined) await this.#giveTurns(jobs, written);
    const ids: string[] = [];
    const size = batch ?? BATCH;
    for (let start = 0; start < jobs.length; start += size) {
      const given = jobs.slice(start, start + size);
      const ready = written.slice(start, start + size);
      // When those before have been added: in an empty queue, turns begin again.
      if (batch !== undefined) await this.#giveTurns(given, ready);
      if (telemetry) ids.push(...(await this.#addTraced(queue, given, ready)));
      else if (isSql) ids.push(...(await this.#addInOneStatement(queue, ready)));
      else ids.push(...(await Promise.all(ready.map((job) => this.#addWritten(queue, job)))));
    }
    return ids;
  }

  /** The jobs of tenants get the priorities of their turns, all in one round trip. */
  async #giveTurns(jobs: readonly NewJob[], written: readonly WrittenJob[]): Promise<void> {
    const taking = jobs.flatMap(({ tenant }, index) => {
      const job = written[index];
      return tenant === undefined || !job ? [] : [{ tenant, job }];
    });
    if (taking.length === 0) return;
    const tenants = taking.map(({ tenant }) => tenant);
    const turns = await this.#client.run(() => this.#options.store.takeTurns(tenants));
    for (const [index, { job }] of taking.entries()) job.opts = { ...job.opts, ...defined({ priority: turns[index] }) };
  }

  async #addWritten(queue: BullMqQueue, job: WrittenJob): Promise<string> {
    if (this.#joined && waitsAtOnce(job)) {
      await this.#joined.add(job);
      return job.id;
    }
    this.#joined?.flush();
    return await this.#write(queue, (to) => to.getBackend().addJob(job, job.id));
  }

  #addInOneStatement(queue: BullMqQueue, jobs: readonly WrittenJob[]): Promise<string[]> {
    return this.#write(queue, (to) => to.getBackend().addJobs(jobs.map((job) => ({ job, jobId: job.id }))));
  }

  async #addTraced(queue: BullMqQueue, jobs: readonly NewJob[], written: readonly WrittenJob[]): Promise<string[]> {
    const bulk = written.map(({ id, opts }, index) => {
      return { name: this.#options.name, data: jobs[index]?.data, opts: { ...opts, jobId: id } };
    });
    const added = await this.#write(queue, (to) => to.addBulk(bulk));
    return added.map((job, index) => job.id ?? jobs[index]?.id ?? '');
  }

  #write<T>(queue: BullMqQueue, write: (to: BullMqQueue) => Promise<T>): Promise<T> {
    return this.#client.send(queue, this.#acknowledged(write));
  }

  #acknowledged<T>(write: (queue: BullMqQueue) => Promise<T>): (queue: BullMqQueue) => Promise<T> {
    const { acknowledged } = this.#options;
    return acknowledged ? (to) => acknowledged(() => write(to)) : write;
  }
}
