/** `/metrics`: the numbers for Prometheus. */
import { Registry } from 'prom-client';
import type { EngineQueue } from '../../engine/engine.js';
import { readWorkers } from '../../worker/heartbeat.js';
import { collectMetrics } from '../metrics.js';
import { defineRoute } from '../route.js';

export const metrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics in the text format of Prometheus.',
  role: 'viewer',
  wholeStore: true,
  contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  async run({ services: { access, reads } }) {
    const { engine, queues } = access;
    const text = await reads.share('metrics', async () => {
      const names = queues.map(({ name }) => name);
      const now = access.now();
      const [counts, waitingSince, workers] = await Promise.all([
        engine.counts(names),
        Promise.all(names.map((name) => oldestWaiting(engine.queue(name)))),
        readWorkers(engine.state, now),
      ]);
      const measured = names.map((name, index) => ({ name, counts: counts[index], waitingSince: waitingSince[index] }));
      return collectMetrics({ now, queues: measured, workers });
    });
    return new Response(text, {
      headers: { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' },
    });
  },
});

/** Since when the job that waits longest could have run; undefined when none waits. */
async function oldestWaiting(queue: EngineQueue): Promise<number | undefined> {
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
