/** The library, as its users write it: schemas for data and result, the processor's context, listeners to the events. */
import { createJobs, defineProcessor, defineQueue, type Logger, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { Side, Variant, Watcher } from '../side.js';
import { dataOf, FAR, LIMIT, LIMITS, QUEUE, RHYTHM, resultOf } from '../workload.js';

const schema = z.object({
  organizationId: z.string().min(1),
  imageId: z.string().min(1),
  width: z.number().int().positive(),
  format: z.enum(['webp', 'jpeg']),
});
const result = z.object({ bytes: z.number() });
type Data = z.output<typeof schema>;
const tenant = (data: Data) => data.organizationId;

/** No limit that is ever reached: what is measured is the asking. */
const RATE_LIMIT = { key: tenant, max: 1_000_000, per: 1_000 };

const numberOf = ({ imageId }: Data) => Number(imageId.replace(/\D/g, ''));

/** One of so many. */
const keyOf = (data: Data) => `key-${numberOf(data) % LIMITS.keys}`;

/** Of many jobs that are of one key, and of those behind them. */
const farKeyOf = (data: Data) => (numberOf(data) < FAR.first ? 'first' : `key-${numberOf(data) % FAR.keys}`);

function queueOf(variant: Variant) {
  const { max, per } = LIMITS;
  return defineQueue({
    name: QUEUE,
    schema,
    result,
    tenant,
    ...(variant === 'fair' ? { fair: true } : {}),
    ...(variant === 'rate-limited' ? { rateLimit: RATE_LIMIT } : {}),
    ...(variant === 'limit-reached' ? { rateLimit: { ...LIMIT, key: ({ format }: Data) => format } } : {}),
    ...(variant === 'limits-reached' ? { rateLimit: { max, per, key: keyOf } } : {}),
    ...(variant === 'limit-far' ? { rateLimit: { max: FAR.max, per: FAR.per, key: farKeyOf } } : {}),
    ...(variant === 'limit-farther' ? { rateLimit: { max: FAR.farther, per: FAR.per, key: farKeyOf } } : {}),
  });
}

/** Silent, but for what would explain a wrong figure. */
const logger: Logger = {
  ...silentLogger,
  error: (first: object | string, message?: string) => console.error(message ?? first),
};

export async function openJobs(url: string, variant: Variant): Promise<Side> {
  const queue = queueOf(variant);
  const jobs = createJobs({ connection: url, queues: [queue], logger, environment: {} });
  const handle = jobs.queue(queue);
  // The first operation connects.
  await handle.counts();
  let watch: Watcher = { started() {}, completed() {}, failed() {} };
  jobs.registerProcessor(
    defineProcessor({
      queue,
      async process(job) {
        watch.started(job.data);
        return variant === 'step' ? await job.step('resize', () => resultOf(job.data)) : resultOf(job.data);
      },
    }),
  );
  let added = 0;
  let active = 0;
  let schedules = 0;
  jobs.events.on('job:added', () => {
    added += 1;
  });
  jobs.events.on('job:active', () => {
    active += 1;
  });
  jobs.events.on('job:completed', () => watch.completed());
  jobs.events.on('job:failed', ({ error }) => watch.failed(error));
  jobs.events.on('worker:error', ({ error }) => watch.failed(error));
  return {
    add: (index) => handle.add(dataOf(index)),
    addMany: (start, count) =>
      handle.addMany(Array.from({ length: count }, (_, index) => ({ data: dataOf(start + index) }))),
    async work(concurrency, watcher) {
      watch = watcher;
      const worker = await jobs.startWorker({ concurrency: { [QUEUE]: concurrency }, handleSignals: false });
      return () => worker.close();
    },
    ...(variant === 'limit-reached' ? { addFree: () => handle.add({ ...dataOf(0), format: 'jpeg' }) } : {}),
    async schedule(count, _inFlight, due) {
      const times = due ? { every: due.every, startAt: due.first } : { every: RHYTHM, jitter: RHYTHM };
      schedules += count;
      await jobs.scheduler.reconcile({
        name: 'benchmark',
        *schedules() {
          for (let index = 0; index < count; index++) {
            yield { key: `sync:${index}`, queue, data: dataOf(index), ...times };
          }
        },
      });
    },
    scheduled: async () => (await handle.counts()).delayed,
    counts: () => handle.counts(),
    async clean() {
      await handle.empty();
      for (const state of ['completed', 'failed'] as const) await handle.clean({ state, limit: 1_000_000 });
    },
    async close() {
      await jobs.close();
      // The runs of schedules are added by the store.
      if (schedules === 0 && active > added)
        throw new Error(`More jobs became active (${active}) than were added (${added})`);
    },
  };
}
