/** Does one task of the subject `data-sync`, told on its command line, and answers what came of it. Forked for each. */
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import type { OrderRecord, Page, Platform } from '@bizinsights/jobs-platforms';
import { createStore } from '@bizinsights/jobs-store';
import pg from 'pg';
import { z } from 'zod';
import type { SyncAnswer, SyncTask } from './task.js';

const task: SyncTask = JSON.parse(process.argv[2] ?? '{}');
const tell = (answer: SyncAnswer) => process.send?.(answer);

const pool = new pg.Pool({ connectionString: task.databaseUrl });
const store = createStore({ pool, keys: `1:${Buffer.alloc(32, 1).toString('base64')}` });
await store.migrate();
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });
const { id: integrationId } = await store.integrations.connect({
  organizationId: 'acme',
  platform: 'generated',
  credentials: {},
});

/** One page after the other, as a sync brings them. */
async function writeBatches(): Promise<void> {
  for (const [start, records] of pages()) {
    await store.records.write({ integrationId, stream: 'orders', records, rejected: [], deleted: [], cursor: start });
  }
}

/** The same pages, records and columns, a statement for each record. */
async function writeRows(isOneTransaction: boolean): Promise<void> {
  const client = await pool.connect();
  for (const [start, records] of pages()) {
    if (isOneTransaction) await client.query('BEGIN');
    for (const record of records) {
      const { kind, id, updatedAt, placedAt, payment, total, refunded } = record;
      await client.query({
        ...(isOneTransaction ? { name: 'upsert' } : {}),
        text: `INSERT INTO bizinsights.records AS old (integration_id, kind, id, updated_at, occurred_at, status, amount,
            refunded, currency, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
          ON CONFLICT (integration_id, kind, id) DO UPDATE SET updated_at = excluded.updated_at,
            occurred_at = excluded.occurred_at, status = excluded.status, amount = excluded.amount,
            refunded = excluded.refunded, currency = excluded.currency, data = excluded.data
          WHERE excluded.updated_at > old.updated_at`,
        values: [
          integrationId,
          kind,
          id,
          updatedAt,
          placedAt,
          payment,
          total.amount,
          refunded.amount,
          total.currency,
          JSON.stringify(record),
        ],
      });
    }
    await client.query(
      `INSERT INTO bizinsights.cursors VALUES ($1, 'orders', $2, 0)
       ON CONFLICT (integration_id, stream) DO UPDATE SET cursor = excluded.cursor`,
      [integrationId, String(start)],
    );
    if (isOneTransaction) await client.query('COMMIT');
  }
  client.release();
}

/** The whole way: a job, the platform's pages, the store. */
async function sync(redisUrl: string): Promise<void> {
  const jobs = createJobs({ connection: redisUrl, queues: [dataSyncQueue], logger: silentLogger, environment: {} });
  const platforms = [generated];
  jobs.registerProcessor(dataSyncProcessor({ platforms, integrations: store.integrations, sink: store.records }));
  await jobs.startWorker({ handleSignals: false });
  const { id } = await jobs.queue(dataSyncQueue).add({ integrationId });
  await jobs.queue(dataSyncQueue).waitFor(id, { timeout: 3_600_000 });
  await jobs.close();
}

function* pages(): Generator<[number, OrderRecord[]]> {
  for (let start = 0; start < task.records; start += task.page) {
    const count = Math.min(task.page, task.records - start);
    yield [start, Array.from({ length: count }, (_, index) => order(start + index))];
  }
}

/** As an order of a shop is, with two items. */
function order(n: number): OrderRecord {
  const time = 1_700_000_000_000 + n * 30_000;
  const eur = (amount: number) => ({ amount, currency: 'EUR' });
  return {
    kind: 'order',
    id: `gid://shop/Order/${5_000_000_000 + n}`,
    updatedAt: time,
    number: `#${1_000 + n}`,
    placedAt: time,
    payment: n % 20 === 0 ? 'partially-refunded' : 'paid',
    total: eur(1_000 + (n % 9_000)),
    refunded: eur(n % 20 === 0 ? 500 : 0),
    customerId: `gid://shop/Customer/${n % 10_000}`,
    items: [
      { productId: `gid://shop/Product/${n % 500}`, title: 'Mug, 300 ml, blue', quantity: 2, price: eur(500) },
      { productId: `gid://shop/Product/${n % 300}`, title: 'Tea, green, 100 g', quantity: 1, price: eur(n % 9_000) },
    ],
  };
}

/** A platform whose answers cost nothing: what is measured is our own code and the database. */
const generated: Platform<object> = {
  id: 'generated',
  name: 'Generated',
  credentials: z.object({}),
  rhythm: 3_600_000,
  budget: { requests: 1_000_000, per: 1_000 },
  streams: ['orders'],
  connect: () => ({ account: 'one', streams: [{ name: 'orders', kind: 'order', read }] }),
};

async function* read(): AsyncGenerator<Page> {
  let done = 0;
  for (const [start, records] of pages()) {
    done += records.length;
    yield { records, rejected: [], deleted: [], cursor: start, isLast: done >= task.records, total: task.records };
    if (done % task.checkpoint < task.page) {
      tell({ checkpoint: { records: done, resident: process.memoryUsage.rss() } });
    }
  }
}

const started = performance.now();
if (task.kind === 'batch') await writeBatches();
else if (task.kind === 'sync') await sync(task.redisUrl);
else await writeRows(task.kind === 'rows-transaction');
const ms = performance.now() - started;
const rows = await store.records.count({ integrationId, kind: 'order' });
tell({ ms, rows, peak: process.resourceUsage().maxRSS * 1_024 });
await pool.end();
process.disconnect();
