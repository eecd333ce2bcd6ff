import { setTimeout as sleep } from 'node:timers/promises';
import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { it } from 'vitest';
import { MemoryInsights, memoryMetrics } from './fixtures/memory-store.js';
import { insightsProcessor } from './processor.js';
import { insightsQueue } from './queue.js';

const metrics = memoryMetrics((age) => ({ revenue: age <= 7 ? 1_000 : 5_000, orders: 10 }));
let insights = new MemoryInsights();

const cases = pluginConformance({
  queue: insightsQueue,
  processor: () => {
    insights = new MemoryInsights();
    return insightsProcessor({ metrics, insights });
  },
  failing: () =>
    insightsProcessor({
      metrics: { ...metrics, refresh: () => Promise.reject(new Error('not now')) },
      insights: new MemoryInsights(),
    }),
  hanging: () =>
    insightsProcessor({
      metrics: { ...metrics, refresh: () => sleep(60_000, undefined, { ref: false }) },
      insights: new MemoryInsights(),
    }),
  validData: [
    { organizationId: 'acme', period: '7d' },
    { organizationId: 'acme', period: '1y', metrics: ['revenue', 'orders'], force: true },
  ],
  invalidData: [
    { data: {}, path: 'organizationId' },
    { data: { organizationId: '', period: '7d' }, path: 'organizationId' },
    { data: { organizationId: 'acme', period: '2d' }, path: 'period' },
    { data: { organizationId: 'acme', period: '7d', metrics: [] }, path: 'metrics' },
    { data: { organizationId: 'acme', period: '7d', since: 1 }, path: '(root)' },
  ],
  effects: () => [...insights.kept],
});

for (const { name, run } of cases) it(name, run);
