// Alerts are jobs: one is kept while it is open, however often it is reported, and mailed once to those who must act.
import { alertsProcessor, emailChannel } from '@bizinsights/jobs-alerts';
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { createStore } from '@bizinsights/jobs-store';

const { pool, close } = await openEmbedded({ dir: 'memory:' }); // in production `new Pool()` of `pg`
const store = createStore({ pool });
await store.migrate();
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });
await store.organizations.upsertMember({ organizationId: 'acme', id: '1', email: 'ann@example.com', role: 'owner' });
await store.organizations.upsertMember({ organizationId: 'acme', id: '2', email: 'bob@example.com', role: 'member' });

const jobs = createJobs({ connection: 'memory:', queues: [alertsQueue, emailQueue], logger: silentLogger });
// #region processor
jobs.registerProcessor(
  alertsProcessor({
    alerts: store.alerts,
    members: store.organizations,
    channels: [emailChannel({ link: ({ id }) => `https://app.example.com/alerts/${id}` })],
  }),
);
// #endregion
await jobs.startWorker();

async function report(): Promise<string> {
  const { id } = await jobs.queue(alertsQueue).add({
    organizationId: 'acme',
    type: 'metric',
    severity: 'HIGH', // HIGH and CRITICAL go to owners and admins by mail
    title: 'Revenue fell by 40 %',
    message: 'Revenue of 24 November was 1,200 EUR; the median of Tuesdays is 2,000 EUR.',
    source: 'insights',
    fingerprint: 'revenue:drop', // alerts with the same one are one
  });
  const { alertId, outcome, recipients } = await jobs.queue(alertsQueue).waitFor(id);
  console.log(`${outcome}, ${recipients} told`);
  return alertId;
}

const alertId = await report();
await report();
await store.alerts.acknowledge('acme', alertId, { by: 'ann' }); // she looks after it
const { status, occurrences } = await store.alerts.resolve('acme', alertId, { by: 'ann' }); // it is over
console.log(`${status}, seen ${occurrences} times`);
await report();

// In production the email processor sends them.
const { jobs: mails } = await jobs.queue(emailQueue).list({ state: 'waiting' });
for (const { data } of mails) console.log(`${data.template} to ${data.to}`);

await jobs.close();
await close();

// Output:
// created, 1 told
// repeated, 0 told
// resolved, seen 2 times
// reopened, 1 told
// alert-notification to ann@example.com
// alert-notification to ann@example.com
