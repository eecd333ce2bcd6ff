/** The deliveries that are kept: written by the handler, listed and replayed by operators. */
import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  cursorCodec,
  defined,
  type JobView,
  type Journal,
  type JournalStep,
  NotFoundError,
  type QueueHandle,
} from '@bizinsights/jobs-core';
import { z } from 'zod';
import { KEPT_DELIVERIES, keptJobs, type WebhookQueue, webhookQueue } from '../queue.js';
import type { WebhookJobs } from '../webhook-jobs.js';
import { type Delivery, type DeliveryView, deliverySchema } from './delivery.js';

/** How many deliveries are kept; older ones go. `deliveriesCleanUp` removes them by their age. */
export interface DeliveryLimits {
  /**
   * Verified ones, and as many completed jobs (for 3 days at most), so that they can be replayed. Each has the body of its
   * event: 10,000 of 5 kB are 50 MB in Redis. Default 10,000.
   */
  readonly verified?: number;
  /**
   * Refused ones, pings, and an event that the same process has had before. They have a log of their own: anybody can send
   * those, and they must not push out the others. Default 1,000.
   */
  readonly others?: number;
}

const KEPT_OTHERS = 1_000;

const PAGE_SIZE = 50;

/** Events that a process knows again. */
const REMEMBERED = 10_000;

/** Each has the body of its event, of up to 1 MB: the store is to serve others in between. */
const JOBS_AT_ONCE = 20;

/** Deliveries that come within so many ms are written down together: one by one, that would be a tenth of the work. */
const GROUP = 20;

/** Which deliveries to list; all of it optional. */
export interface DeliveryQuery {
  readonly cursor?: string | undefined;
  /** Default 50. */
  readonly limit?: number | undefined;
  readonly platform?: string | undefined;
  readonly verdict?: Delivery['verdict'] | undefined;
  readonly topic?: string | undefined;
}

/** A page of deliveries, newest first; `cursor` asks for the next one and is absent on the last. */
export interface DeliveryPage {
  readonly deliveries: DeliveryView[];
  readonly cursor?: string;
}

/** What a replay has added. */
export interface Replay {
  readonly deliveryId: string;
  readonly jobId: string;
}

type Step = JournalStep<Delivery>;

/** Where deliveries are written. */
export function logsOf(
  jobs: Pick<WebhookJobs, 'journal'>,
  { verified = KEPT_DELIVERIES, others = KEPT_OTHERS }: DeliveryLimits = {},
) {
  // A delivery that another release has written in its own way takes no other one out of the list.
  const options = { schema: deliverySchema, unreadable: 'skip' } as const;
  return {
    verified: jobs.journal('webhooks', { ...options, keep: verified, wait: GROUP }),
    others: jobs.journal('webhooks-refused', { ...options, keep: others }),
  };
}

export class Deliveries {
  readonly #queue: QueueHandle<WebhookQueue>;
  readonly #verified: Journal<typeof deliverySchema>;
  readonly #others: Journal<typeof deliverySchema>;
  readonly #retention: ReturnType<typeof keptJobs>;
  readonly #now: () => number;
  /** Jobs of the last events. */
  readonly #events = new Set<string>();

  /** @throws {UnknownQueueError} when the host has not registered `webhookQueue` */
  constructor(
    jobs: WebhookJobs,
    { verified = KEPT_DELIVERIES, others = KEPT_OTHERS }: DeliveryLimits = {},
    now: () => number = Date.now,
  ) {
    this.#queue = jobs.queue(webhookQueue);
    const logs = logsOf(jobs, { verified, others });
    this.#verified = logs.verified;
    this.#others = logs.others;
    this.#retention = keptJobs(verified);
    this.#now = now;
  }

  write(delivery: Delivery): Promise<void> {
    const isFirst = delivery.verdict === 'verified' && this.#isFirst(delivery);
    return (isFirst ? this.#verified : this.#others).append(delivery);
  }

  /** Whether this process has not had the event before: whoever has captured a delivery can send it any number of times. */
  #isFirst({ jobId = '', replayOf }: Delivery): boolean {
    if (replayOf !== undefined) return true;
    if (this.#events.has(jobId)) return false;
    const oldest = this.#events.size >= REMEMBERED ? this.#events.keys().next().value : undefined;
    if (oldest !== undefined) this.#events.delete(oldest);
    this.#events.add(jobId);
    return true;
  }

  /** @throws {ArgumentError} for a cursor that did not come from here */
  async list(query: DeliveryQuery = {}): Promise<DeliveryPage> {
    const { cursor, limit = PAGE_SIZE, platform, verdict, topic } = query;
    const fits = (one: Delivery) =>
      (platform === undefined || one.platform === platform) &&
      (verdict === undefined || one.verdict === verdict) &&
      (topic === undefined || one.topic === topic);
    const found: Delivery[] = [];
    let last: string | undefined;
    for await (const step of this.#walk(cursor)) {
      if (!fits(step.delivery)) continue;
      // One more than the page holds tells whether there is a next one.
      if (found.length === limit) {
        return { deliveries: await this.#views(found), ...defined({ cursor: last }) };
      }
      found.push(step.delivery);
      last = step.cursor;
    }
    return { deliveries: await this.#views(found) };
  }

  async get(id: string): Promise<DeliveryView | undefined> {
    for await (const { delivery } of this.#walk()) {
      if (delivery.id === id) return (await this.#views([delivery]))[0];
    }
    return undefined;
  }

  /**
   * Processes the event of a delivery once more, in a job of its own, and writes down who has asked for it.
   *
   * @throws {NotFoundError} when there is no such delivery (any more)
   * @throws {ConflictError} when it was not accepted, or its job is kept no longer
   */
  async replay(id: string, actor: string): Promise<Replay> {
    const delivery = await this.get(id);
    if (!delivery) throw new NotFoundError(`There is no delivery "${id}" (any more)`);
    if (delivery.verdict !== 'verified' || delivery.jobId === undefined) {
      throw new ConflictError(`Delivery "${id}" was not accepted, so there is nothing to replay`);
    }
    const job = await this.#queue.get(delivery.jobId);
    if (!job) {
      const message = `Delivery "${id}" can't be replayed: its job is not kept any more (completed ones 3 days, failed ones 7)`;
      throw new ConflictError(message);
    }
    const deliveryId = randomUUID();
    const data = { ...job.data, deliveryId, replayOf: id };
    const options = { id: `replay-${deliveryId}`, retention: this.#retention };
    const { id: jobId } = await this.#queue.add(data, options);
    const { outcome: _, duplicateOf: __, ...same } = delivery;
    await this.write({ ...same, id: deliveryId, receivedAt: this.#now(), jobId, status: 200, replayOf: id, actor });
    return { deliveryId, jobId };
  }

  /** Both logs as one, newest first. */
  async *#walk(cursor?: string): AsyncGenerator<{ delivery: Delivery; cursor: string }> {
    const place = cursor === undefined ? undefined : cursors.read(cursor);
    const sources = [this.#verified, this.#others].map((journal, index) => {
      const own = place?.logs[index] ?? undefined;
      // What has come since the page before would stand behind what is older.
      const newest = place && own === undefined ? place.receivedAt : Number.POSITIVE_INFINITY;
      return { steps: notNewer(journal.walk(own), newest), cursor: own };
    });
    const heads = await Promise.all(sources.map(({ steps }) => steps.next()));
    for (;;) {
      let newest: number | undefined;
      for (const [index, head] of heads.entries()) {
        if (head.done) continue;
        const other = newest === undefined ? undefined : heads[newest];
        if (!other || other.done || head.value.entry.receivedAt > other.value.entry.receivedAt) newest = index;
      }
      const head = newest === undefined ? undefined : heads[newest];
      const source = newest === undefined ? undefined : sources[newest];
      if (newest === undefined || !source || !head || head.done) return;
      const { entry } = head.value;
      source.cursor = head.value.cursor;
      yield {
        delivery: entry,
        cursor: cursors.write({
          logs: sources.map((one) => one.cursor ?? null),
          receivedAt: entry.receivedAt,
        }),
      };
      heads[newest] = await source.steps.next();
    }
  }

  async #views(deliveries: readonly Delivery[]): Promise<DeliveryView[]> {
    const ids = [...new Set(deliveries.flatMap(({ jobId }) => jobId ?? []))];
    const groups = Array.from({ length: Math.ceil(ids.length / JOBS_AT_ONCE) }, (_, index) =>
      this.#queue.getMany(ids.slice(index * JOBS_AT_ONCE, (index + 1) * JOBS_AT_ONCE)),
    );
    const found = (await Promise.all(groups)).flat();
    const jobs = new Map(ids.map((id, index) => [id, found[index]]));
    return deliveries.map((delivery) => toView(delivery, jobs.get(delivery.jobId ?? '')));
  }
}

function toView(delivery: Delivery, job: JobView<WebhookQueue> | undefined): DeliveryView {
  if (!job) return delivery;
  const { state, attemptsMade: attempts, result, failedReason, finishedAt, data } = job;
  return {
    ...delivery,
    outcome: {
      state,
      attempts,
      ...defined({ result, failedReason, finishedAt }),
    },
    ...(data.deliveryId === delivery.id ? {} : { duplicateOf: data.deliveryId }),
  };
}

const cursors = cursorCodec(
  'deliveries',
  z.object({
    /** Where a reader is in the log of the verified ones, and in that of the others; null: it has had nothing of it. */
    logs: z.array(z.string().nullable()).length(2),
    /** Of the last delivery that was shown, epoch ms. */
    receivedAt: z.number(),
  }),
);

async function* notNewer(steps: AsyncIterable<Step>, receivedAt: number): AsyncGenerator<Step> {
  for await (const step of steps) if (step.entry.receivedAt <= receivedAt) yield step;
}
