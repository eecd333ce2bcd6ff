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
jobs.registerProcessor(emailProcessor({ transport: consoleTransport, from: 'BizInsights <hello@example.com>' }));
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

await jobs.close();

// Output:
// to ann@example.com: Welcome to BizInsights, Ann
// Welcome to BizInsights, Ann
// 1 sent, 0 rejected
