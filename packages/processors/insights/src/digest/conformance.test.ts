import { setTimeout as sleep } from 'node:timers/promises';
import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { it } from 'vitest';
import { insightDigestQueue } from '../contract/digest-queue.js';
import { insightDigestProcessor } from './processor.js';

const insights = { list: async () => ({ insights: [] }) };
const members = {
  get: async (id: string) => ({ id, name: 'Acme', timeZone: 'UTC' }),
  members: async () => [{ email: 'ann@example.com', role: 'owner' }],
};

const cases = pluginConformance({
  queue: insightDigestQueue,
  processor: () => insightDigestProcessor({ insights, members }),
  failing: () => insightDigestProcessor({ insights: { list: () => Promise.reject(new Error('not now')) }, members }),
  hanging: () =>
    insightDigestProcessor({ insights: { list: () => sleep(60_000, { insights: [] }, { ref: false }) }, members }),
  validData: [{ organizationId: 'acme' }],
  invalidData: [
    { data: {}, path: 'organizationId' },
    { data: { organizationId: '' }, path: 'organizationId' },
    { data: { organizationId: 'acme', week: 1 }, path: '(root)' },
  ],
  effects: () => [],
});

for (const { name, run } of cases) it(name, run);
