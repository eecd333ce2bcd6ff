import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { it } from 'vitest';
import { LedgerServer, ledger } from './fixtures/ledger.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { dataSyncProcessor } from './processor.js';
import { dataSyncQueue } from './queue.js';

let store = new MemoryStore();

function processor(fault?: 'broken' | 'hang') {
  const http = new LedgerServer();
  http.fill('large', 25);
  if (fault) http.fail(/large/, fault, 'until healed');
  store = new MemoryStore();
  store.add('large');
  return dataSyncProcessor({ platforms: [ledger], integrations: store, sink: store, http });
}

const cases = pluginConformance({
  queue: dataSyncQueue,
  processor: () => processor(),
  failing: () => processor('broken'),
  hanging: () => processor('hang'),
  validData: [
    { integrationId: 'large' },
    { integrationId: 'large', organizationId: 'acme', streams: ['people'], mode: 'full' },
    { integrationId: 'large', since: '2026-11-24T00:00:00Z' },
    { integrationId: 'large', since: 1_700_000_000_000 },
  ],
  invalidData: [
    { data: {}, path: 'integrationId' },
    { data: { integrationId: '' }, path: 'integrationId' },
    { data: { integrationId: 'large', mode: 'all' }, path: 'mode' },
    { data: { integrationId: 'large', streams: [] }, path: 'streams' },
    { data: { integrationId: 'large', since: -1 }, path: 'since' },
    { data: { integrationId: 'large', credentials: {} }, path: '(root)' },
  ],
  effects: () => [[...store.records], [...store.cursors]],
});

for (const { name, run } of cases) it(name, run);
