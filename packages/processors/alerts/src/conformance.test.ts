import { pluginConformance } from '@bizinsights/jobs-core/testing';
import { it } from 'vitest';
import { MemoryAlerts, MemoryMembers } from './fixtures/memory-alerts.js';
import { alertsProcessor } from './processor.js';
import { ALERT_LIMITS, alertsQueue } from './queue.js';

let alerts = new MemoryAlerts();
const hang = () => new Promise<never>(() => undefined);

function open(parts: Partial<MemoryAlerts> = {}) {
  alerts = Object.assign(new MemoryAlerts(), parts);
  return alertsProcessor({ alerts, members: new MemoryMembers(), operators: ['ops@example.com'] });
}

const drop = {
  organizationId: 'acme',
  type: 'metric',
  severity: 'HIGH',
  source: 'insights',
  title: 'Revenue fell by 40 %',
  message: 'Revenue of 24 November 2026 was 1,200 EUR.',
} as const;

const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`label${n}`, 'value']));

const cases = pluginConformance({
  queue: alertsQueue,
  processor: () => open(),
  failing: () => open({ raise: () => Promise.reject(new Error('The database is away')) }),
  hanging: () => open({ raise: hang }),
  validData: [
    drop,
    {
      ...drop,
      severity: 'LOW',
      fingerprint: 'insight:revenue',
      labels: { metric: 'revenue' },
      evidence: { days: [1, null] },
    },
    { type: 'system', severity: 'CRITICAL', source: 'monitor', title: 'The disk is full', message: '' },
    {
      ...drop,
      title: '🙂'.repeat(150),
      message: 'x'.repeat(ALERT_LIMITS.message),
      labels: labels(ALERT_LIMITS.labels),
    },
  ],
  invalidData: [
    { data: { ...drop, severity: 'high' }, path: 'severity' },
    { data: { ...drop, title: '' }, path: 'title' },
    { data: { ...drop, title: 'x'.repeat(ALERT_LIMITS.title + 1) }, path: 'title' },
    { data: { ...drop, message: 'x'.repeat(ALERT_LIMITS.message + 1) }, path: 'message' },
    { data: { ...drop, organizationId: '' }, path: 'organizationId' },
    { data: { ...drop, fingerprint: 'x'.repeat(ALERT_LIMITS.fingerprint + 1) }, path: 'fingerprint' },
    { data: { ...drop, labels: labels(ALERT_LIMITS.labels + 1) }, path: 'labels' },
    { data: { ...drop, status: 'open' }, path: '(root)' },
  ],
  effects: () => ({ alerts: alerts.all, notices: [...alerts.notices] }),
});

for (const { name, run } of cases) it(name, run);
