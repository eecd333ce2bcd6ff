// Mails are jobs of a typed queue. A transport sends them: Resend, SMTP, or a few lines of your own.
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { type EmailTransport, emailProcessor } from '@bizinsights/jobs-email';
import { emailQueue } from '@bizinsights/jobs-email/queue';

// #region transport
const consoleTransport: EmailTransport = {
  name: 'console',
  maxBatch: 1,
  async send([mail], { idempotencyKey }) {
    console.log(`to ${mail?.to.map(({ address }) => address).join(', ')}: ${mail?.subject}`);
    console.log(mail?.text.split('\n')[0]);
    return { ids: [idempotencyKey], rejected: [] };
  },
};
// #endregion

const jobs = createJobs({ connection: 'memory:', queues: [emailQueue], logger: silentLogger });

// In the worker. In production `transport` is `resendTransport()` or `smtpTransport()`.
jobs.registerProcessor(
  emailProcessor({
    transport: consoleTransport,
    from: 'BizInsights <hello@example.com>',
    brand: { name: 'BizInsights', color: '#0f766e', address: 'Invalidenstr. 1, 10115 Berlin' },
  }),
);
await jobs.startWorker();

// In the web process.
// #region add
const { id } = await jobs.queue(emailQueue).add({
  template: 'welcome',
  to: 'Ann <ann@example.com>',
  variables: { name: 'Ann', productName: 'BizInsights', dashboardUrl: 'https://app.example.com' },
});
// #endregion
const { sent, rejected } = await jobs.queue(emailQueue).waitFor(id);
console.log(`${sent} sent, ${rejected.length} rejected`);

// An alert, in the language and the time zone of whoever gets it.
const alert = await jobs.queue(emailQueue).add({
  template: 'alert-notification',
  to: 'ben@example.com',
  locale: 'de',
  timeZone: 'Europe/Berlin',
  headers: { 'Auto-Submitted': 'auto-generated' },
  variables: {
    severity: 'HIGH',
    title: 'Umsatz eingebrochen',
    message: 'Der Umsatz liegt weit unter dem, was für einen Donnerstag üblich ist.',
    occurredAt: '2026-11-05T14:00:00Z',
  },
});
await jobs.queue(emailQueue).waitFor(alert.id);

await jobs.close();

// Output:
// to ann@example.com: Welcome to BizInsights, Ann
// Welcome to BizInsights, Ann
// 1 sent, 0 rejected
// to ben@example.com: Hoch: Umsatz eingebrochen
// Dringlichkeit: Hoch
