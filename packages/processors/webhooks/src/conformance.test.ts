import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { hmacSha256 } from '@bizinsights/jobs-platforms';
import { it } from 'vitest';
import { bell, SECRET } from './fixtures/door.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { webhookProcessor } from './processor.js';
import { webhookQueue } from './queue.js';

let store = new MemoryStore();
let handled: string[] = [];
const hanging: MemoryStore['write'] = () => new Promise(() => undefined);

function open(write?: MemoryStore['write']) {
  store = new MemoryStore();
  handled = [];
  store.integrations.push({ id: 'int_1', platform: 'bell', account: 'tower' });
  return webhookProcessor({
    platforms: [{ id: 'bell', webhook: bell }],
    integrations: store,
    sink: write ? { write } : store,
    secrets: { bell: SECRET },
    environment: {},
    syncDelay: 1,
    handlers: {
      bell: {
        made: ({ id }) => {
          handled.push(id);
        },
      },
    },
  });
}

function job(event: { readonly id: string; readonly topic: string; readonly account?: string; readonly at?: number }) {
  const body = JSON.stringify(event);
  return {
    platform: 'bell',
    deliveryId: 'd1',
    eventId: event.id,
    topic: event.topic,
    receivedAt: 1_000,
    headers: { 'bell-signature': hmacSha256(SECRET, body).toString('hex') },
    body,
    encoding: 'utf8' as const,
  };
}
const made = job({ id: '1', topic: 'made', account: 'tower', at: 5 });

const cases = pluginConformance({
  queue: webhookQueue,
  processor: () => open(),
  failing: () => open(() => Promise.reject(new Error('The database is away'))),
  hanging: () => open(hanging),
  validData: [
    made,
    job({ id: '2', topic: 'sold', account: 'tower' }),
    job({ id: '3', topic: 'polished', account: 'tower' }),
    {
      ...made,
      body: Buffer.from(made.body).toString('base64'),
      encoding: 'base64',
      integrationId: 'int_1',
      account: 'tower',
    },
  ],
  invalidData: [
    { data: { ...made, platform: '' }, path: 'platform' },
    { data: { ...made, encoding: 'hex' as 'utf8' }, path: 'encoding' },
    { data: { ...made, receivedAt: -1 }, path: 'receivedAt' },
    { data: { ...made, eventId: 'a'.repeat(513) }, path: 'eventId' },
  ],
  effects: () => ({ records: [...store.records], handled: [...handled] }),
});

for (const { name, run } of cases) it(name, run);
