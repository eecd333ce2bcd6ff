/** `/metrics`: the numbers for Prometheus. */
import { Registry } from 'prom-client';
import type { JobReader } from '../../engine/contract.js';
import { readWorkers } from '../../worker/heartbeat.js';
import { collectMetrics, type MeasuredQueue } from '../metrics.js';
import { readCounts, readEach } from '../queue-numbers.js';
import { defineRoute } from '../route.js';

export const metrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics in the text format of Prometheus.',
  role: 'viewer',
  wholeStore: true,
  contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  async run({ services: { access, reads } }) {
    const { engine, queues, logger } = access;
    const text = await reads.share('metrics', async () => {
      const names = queues.map(({ name }) => name);
      const now = access.now();
      const [counts, waitingSince, workers] = await Promise.all([
        readCounts(access),
        readEach(names, (name) => oldestWaiting(engine.queue(name))),
        readWorkers(engine.state, now),
      ]);
      const measured = names.map((name, index): MeasuredQueue => {
        const [numbers, since] = [counts[index], waitingSince[index]];
        if (numbers && since && 'value' in numbers && 'value' in since) {
          return { name, numbers: { counts: numbers.value, waitingSince: since.value } };
        }
        const err = [numbers, since].flatMap((read) => (read && 'error' in read ? [read.error] : []))[0];
        logger.error({ err, queue: name }, `the numbers of queue "${name}" could not be read`);
        return { name, numbers: undefined };
      });
      return collectMetrics({ now, queues: measured, workers });
    });
    return new Response(text, {
      headers: { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' },
    });
  },
});

/** Since when the job that waits longest could have run; undefined when none waits. */
async function oldestWaiting(queue: JobReader): Promise<number | undefined> {
  const heads = await queue.getMany(await queue.waitingHeads());
  // One that was delayed has waited since it was due, and one that is tried again since its last attempt at most.
  const times = heads.flatMap((job) =>
    job ? [Math.max(job.timestamp + delayOf(job.opts), job.processedOn ?? 0)] : [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

function delayOf(options: object): number {
  return 'delay' in options && typeof options.delay === 'number' ? options.delay : 0;
}
