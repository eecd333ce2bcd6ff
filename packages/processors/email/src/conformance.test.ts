import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { it } from 'vitest';
import type { EmailTransport, RenderedEmail } from './ports.js';
import { emailProcessor } from './processor.js';
import { emailQueue } from './queue.js';

const from = 'no-reply@example.com';
const secret = 'https://app.example.com/join/secret-token';
const mail = {
  template: 'team-invitation',
  to: 'ann@example.com',
  variables: { inviterName: 'Bob', organizationName: 'Acme', invitationUrl: secret },
} as const;

let sent: RenderedEmail[] = [];
const transport = (send: EmailTransport['send']): EmailTransport => ({ name: 'test', maxBatch: 2, send });
const recording = () =>
  transport(async (mails) => {
    sent.push(...mails);
    return { ids: mails.map((_, index) => String(index)), rejected: [] };
  });
const failing = transport((mails) => Promise.reject(new Error(`cannot send ${mails[0]?.text}`)));
const hanging = transport(
  (_mails, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
);

const cases = pluginConformance({
  queue: emailQueue,
  processor() {
    sent = [];
    return emailProcessor({ transport: recording(), from });
  },
  failing: () => emailProcessor({ transport: failing, from }),
  hanging: () => emailProcessor({ transport: hanging, from }),
  validData: [
    { ...mail, attachments: [{ filename: 'a.txt', content: Buffer.from('a secret').toString('base64') }] },
    {
      template: 'welcome',
      messages: ['a', 'b', 'c'].map((name) => ({
        to: `${name}@example.com`,
        variables: { name, productName: 'BizInsights', dashboardUrl: 'https://app.example.com' },
      })),
    },
    {
      template: 'report-delivery',
      to: 'ann@example.com',
      variables: { reportName: 'Sales', period: 'October 2026', downloadUrl: 'https://app.example.com/report?token=x' },
    },
    {
      template: 'alert-notification',
      to: 'ann@example.com',
      variables: {
        severity: 'CRITICAL',
        title: 'Revenue fell',
        message: 'Far below last week.\nLook at it.',
        metric: 'Revenue',
        value: 1,
        threshold: '2',
        occurredAt: '2026-11-05T14:00:00Z',
      },
    },
    {
      template: 'insights-digest',
      to: 'ann@example.com',
      variables: { period: 'May', insights: [{ title: 'Revenue fell', text: 'By 40%.' }], more: 2 },
    },
  ],
  olderData: [
    {
      version: 1,
      data: {
        template: 'alert-notification',
        to: 'ann@example.com',
        variables: {
          alertName: 'Revenue fell',
          severity: 'critical',
          metric: 'Revenue',
          value: 1,
          threshold: '2',
          occurredAt: '2026-11-05T14:00:00Z',
        },
      },
    },
  ],
  invalidData: [
    {
      data: { ...mail, template: 'insights-digest', variables: { period: 'May', insights: [] } },
      path: 'variables.insights',
    },
    { data: { ...mail, to: 'nobody' }, path: 'to' },
    {
      data: { ...mail, variables: { ...mail.variables, invitationUrl: 'javascript:alert(1)' } },
      path: 'variables.invitationUrl',
    },
    { data: { ...mail, template: 'none' }, path: 'template' },
    { data: { template: 'welcome', messages: [{ to: 'ann@example.com' }] }, path: 'messages[0].variables' },
  ],
  effects: () => [...sent],
});

for (const { name, run } of cases) it(name, run);
