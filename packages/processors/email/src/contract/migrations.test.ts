import { expect, it } from 'vitest';
import { emailQueue } from '../queue.js';

const old = {
  alertName: 'Revenue fell',
  severity: 'warning',
  organizationName: 'Acme',
  metric: 'Revenue',
  value: 10.5,
  threshold: '€ 20',
  occurredAt: '2026-11-05T14:00:00Z',
  description: 'Far below last week.\nLook at it.',
  dashboardUrl: 'https://app.example.com',
};
const job = (variables: object) => ({ template: 'alert-notification', to: 'ann@example.com', variables });
const migrated = (data: unknown) => emailQueue.schema.parse(emailQueue.migrate[1]?.(data));

it('an alert of version 1 gets a title, a message and one of four severities', () => {
  const { alertName: _a, description: _d, ...same } = old;
  const current = { ...same, severity: 'MEDIUM', title: 'Revenue fell', message: 'Far below last week.\nLook at it.' };
  expect(migrated(job(old))).toEqual(job(current));
  const batch = (variables: object) => ({
    template: 'alert-notification',
    subject: 'All',
    messages: [{ to: 'ann@example.com', subject: 'Mine', variables }],
  });
  expect(migrated(batch(old))).toEqual(batch(current));
});

it.each([
  ['info', 'LOW'],
  ['warning', 'MEDIUM'],
  ['critical', 'CRITICAL'],
])('the severity %s is now %s', (before, now) => {
  expect(migrated(job({ ...old, severity: before }))).toMatchObject({ variables: { severity: now } });
});

it('an alert without a description says what its metric is at', () => {
  for (const description of [undefined, '', ' \n'])
    expect(migrated(job({ ...old, description }))).toMatchObject({
      variables: { message: 'Revenue is at 10.5, the threshold is € 20.' },
    });
});

it('what was allowed in version 1 and no longer is, is brought within the bounds', () => {
  expect(migrated(job({ ...old, alertName: `${'x'.repeat(298)}💥💥`, description: 'a\u0000b\tc' }))).toMatchObject({
    variables: { title: `${'x'.repeat(298)}…`, message: 'a b\tc' },
  });
});

it('jobs of other templates, and data that never fitted, stay as they are', () => {
  const welcome = { template: 'welcome', to: 'ann@example.com', variables: { severity: 'info' } };
  for (const data of [welcome, job({ severity: 'info' }), { template: 'alert-notification' }, null, 'text', []])
    expect(emailQueue.migrate[1]?.(data)).toEqual(data);
});
