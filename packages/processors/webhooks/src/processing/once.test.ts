// The same event, a thousand times at once: each sender gets 200, and it is processed once. On real stores.
import type { Connection } from '@bizinsights/jobs-core';
import { createDatabase } from '@bizinsights/test-servers';
import { describe, expect, inject, it } from 'vitest';
import { bell, bellRequest, openDoor, openJobs, SECRET } from '../fixtures/door.js';
import { MemoryStore } from '../fixtures/memory-store.js';
import { webhookProcessor } from '../processor.js';
import { webhookQueue } from '../queue.js';

const TIMES = 1_000;

describe.each<[string, () => Promise<Connection> | Connection]>([
  ['Redis', () => inject('redisUrl')],
  ['Redis Cluster', () => inject('redisClusterUrl')],
  ['PostgreSQL', async () => (await createDatabase(inject('postgresUrl'))).url],
  ['the embedded store', () => 'memory:'],
])('on %s', (_store, connection) => {
  it(`an event that comes ${TIMES} times at once is processed once`, async () => {
    const jobs = openJobs(await connection());
    const store = new MemoryStore();
    store.integrations.push({ id: 'int_1', platform: 'bell', account: 'tower' });
    let handled = 0;
    const processor = webhookProcessor({
      platforms: [{ id: 'bell', webhook: bell }],
      integrations: store,
      sink: store,
      secrets: { bell: SECRET },
      environment: {},
      handlers: {
        bell: {
          made: () => {
            handled += 1;
          },
        },
      },
    });
    jobs.registerProcessor(processor);
    const worker = await jobs.startWorker({ handleSignals: false });
    const door = openDoor(jobs);
    const send = (id: string) => door(bellRequest({ id, topic: 'made', account: 'tower', at: 1 }));

    const answers = await Promise.all(Array.from({ length: TIMES }, () => send('same')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    // What comes behind it in the queue has been done: so has all that was in front of it.
    await send('last');
    const queue = jobs.queue(webhookQueue);
    const { jobs: all } = await queue.list({ state: 'completed' });
    const last = all.find(({ data }) => data.eventId === 'last') ?? (await queue.list({ state: 'waiting' })).jobs[0];
    if (last) await queue.waitFor(last.id);
    await worker.close();
    const counts = await queue.counts();
    expect(counts).toMatchObject({ waiting: 0, active: 0, failed: 0, completed: 2 });
    expect(handled).toBe(2);
    expect(store.writes).toBe(2);
    await jobs.close();
  }, 120_000);
});
