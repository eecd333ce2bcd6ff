// Imports the records of an account page by page; the position is saved with each page. Here the account is
// on the sandbox, a local server that answers as Stripe does.
import { randomBytes } from 'node:crypto';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { dataSyncProcessor, dataSyncQueue, scheduleImmediateSync } from '@bizinsights/jobs-data-sync';
import { platforms } from '@bizinsights/jobs-platforms';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import { createStore } from '@bizinsights/jobs-store';

const sandbox = await startSandbox({ platforms: ['stripe'], days: 10, ordersPerDay: 2 });
const { credentials } = sandbox.stripe;

const { pool, close } = await openEmbedded({ dir: 'memory:' }); // in production `new Pool()` of `pg`
const store = createStore({ pool, keys: `1:${randomBytes(32).toString('base64')}` });
await store.migrate();
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });
const integration = await store.integrations.connect({ organizationId: 'acme', platform: 'stripe', credentials });

const jobs = createJobs({ connection: 'memory:', queues: [dataSyncQueue], logger: silentLogger });

// #region processor
jobs.registerProcessor(
  dataSyncProcessor({
    platforms: Object.values(platforms),
    integrations: store.integrations,
    sink: store.records,
    onSynced: async ({ integration }) => void (await store.metrics.refresh(integration.organizationId)),
    onAccessLost: ({ integration, reason }) => console.log(`connect ${integration.platform} again: ${reason}`),
    http: sandbox.http, // leave it out in production
    now: sandbox.now, // this one too
    schedules: false, // by default a worker adds a schedule for each integration
  }),
);
await jobs.startWorker();
// #endregion

async function syncNow(): Promise<void> {
  const { id } = await scheduleImmediateSync(jobs, integration.id); // the user pressed "sync now"
  const { streams } = await jobs.queue(dataSyncQueue).waitFor(id);
  for (const [name, { records }] of Object.entries(streams)) console.log(`${name}: ${records}`);
}

await syncNow();
console.log('one hour later');
sandbox.advance(3_600_000);
sandbox.change();
await syncNow();

await jobs.close();
await close();
await sandbox.close();

// Output:
// charges: 34
// customers: 19
// one hour later
// charges: 3
// customers: 2
