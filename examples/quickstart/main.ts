/** The quickstart: a CSV file of recipients in, a mail for each out, over a transport that fails now and then. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { emailProcessor, emailQueue, smtpTransport } from '@bizinsights/jobs-email';
import { startMailServer } from './mail-server.js';
import { createProgress } from './progress.js';
import { readRecipients } from './recipients.js';
import { summarize } from './summary.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const [csv = join(here, 'recipients.csv'), folder = join(here, 'received')] = process.argv.slice(2);
const started = performance.now();

const recipients = readRecipients(csv);
const mailServer = await startMailServer(folder);

// Each run has a store of its own, so that one that was interrupted leaves nothing to the next; a product has one for all.
const run = `quickstart-${process.pid}-${Date.now()}`;
const store = join(here, '.bizinsights', run);
process.on('exit', () => rmSync(store, { recursive: true, force: true }));
const connection = process.env.REDIS_URL || `file:${store}`;
const jobs = createJobs({ connection, prefix: run, queues: [emailQueue], logger: silentLogger });
const { engine } = await jobs.health();
console.log(`${recipients.length} recipients in ${csv}; the jobs are kept in the store "${engine}"`);

// The web process of a product does this: it adds jobs, checked by the queue's schema, and goes on.
const added = await jobs.queue(emailQueue).addMany(
  recipients.map(({ email, name, organization }) => ({
    data: {
      template: 'welcome',
      to: email,
      variables: {
        name,
        productName: 'BizInsights',
        organizationName: organization,
        dashboardUrl: 'https://app.example.com',
      },
    },
    options: { attempts: 5, backoff: { type: 'exponential', delay: 300 } },
  })),
);

// The worker process does this: it takes the jobs, tries again what fails, and can be killed at any time.
jobs.registerProcessor(
  emailProcessor({
    transport: smtpTransport({ host: '127.0.0.1', port: mailServer.port }),
    from: 'BizInsights <hello@example.com>',
  }),
  { concurrency: 10 },
);

const progress = createProgress(new Set(added.map(({ id }) => id)), jobs.events);
process.once('SIGINT', () => console.log('\nInterrupted: what is under way is finished, the other mails are not sent'));
const worker = await jobs.startWorker();
await progress.done;

await worker.close();
await jobs.queue(emailQueue).clean();
await jobs.close();
await mailServer.close();

const { text, isRight } = summarize({
  recipients,
  received: mailServer.received,
  ...progress.counts(),
  seconds: (performance.now() - started) / 1000,
  folder,
});
console.log(`\n${text}`);
process.exitCode = isRight ? 0 : 1;
