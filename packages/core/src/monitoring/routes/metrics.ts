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

/** When the job that waits longest was added; undefined when none waits. */
async function oldestWaiting(queue: EngineQueue): Promise<number | undefined> {
  const first = await Promise.all([queue.list('waiting', 0, 0, true), queue.list('prioritized', 0, 0, true)]);
  const times = first.flat().map(({ timestamp }) => timestamp);
  return times.length === 0 ? undefined : Math.min(...times);
}
