/** What works on the queues. */
import { alertsProcessor, emailChannel } from '@bizinsights/jobs-alerts';
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import type { AnyProcessorDefinition, QueueHandle } from '@bizinsights/jobs-core';
import { type AccessLostEvent, dataSyncProcessor } from '@bizinsights/jobs-data-sync';
import { type EmailTransport, emailProcessor, resendTransport, smtpTransport } from '@bizinsights/jobs-email';
import {
  type InsightJobs,
  insightDigestProcessor,
  insightDigestSchedules,
  insightSchedules,
  insightsProcessor,
  scheduleInsightsAfterSync,
} from '@bizinsights/jobs-insights';
import { platforms } from '@bizinsights/jobs-platforms';
import { reportsProcessor } from '@bizinsights/jobs-reports';
import { webhookProcessor } from '@bizinsights/jobs-webhooks';
import { demoHttp, demoServicesUrl, demoSmtpPort } from './demo/demo-services';
import { appUrl } from './host/app-url';
import { accounts } from './integrations/accounts';
import { webhookSecrets } from './integrations/webhook-secrets';
import { reportStorage } from './reports/report-storage';
import { store } from './store/store';

/** As much of the jobs as the processors need: they are made before the jobs are exported. */
interface AlertJobs {
  queue(queue: typeof alertsQueue): QueueHandle<typeof alertsQueue>;
}
type AppJobs = AlertJobs & InsightJobs;

export async function createProcessors(jobs: AppJobs): Promise<AnyProcessorDefinition[]> {
  const isDemo = demoServicesUrl() !== undefined;
  const secrets = await webhookSecrets();
  return [
    dataSyncProcessor({
      ...accounts,
      async onSynced({ integration: { organizationId }, result }) {
        await store.metrics.refresh(organizationId);
        await scheduleInsightsAfterSync(jobs, { organizationId, result, insights: store.insights });
      },
      onAccessLost: (event) => raiseAccessLost(jobs, event),
      ...(isDemo ? { http: await demoHttp(), budgets: AMPLE } : {}),
    }),
    insightsProcessor({
      metrics: store.metrics,
      insights: store.insights,
      schedules: () => insightSchedules({ organizations: store.organizations }),
    }),
    insightDigestProcessor({
      insights: store.insights,
      members: store.organizations,
      schedules: () => insightDigestSchedules({ organizations: store.organizations }),
    }),
    webhookProcessor({
      ...accounts,
      privacy: store.privacy,
      ...(secrets ? { secrets } : {}),
    }),
    reportsProcessor({ reports: store.reports, data: store.reportData, storage: reportStorage() }),
    emailProcessor({
      transport: await mailTransport(isDemo),
      from: process.env.EMAIL_FROM?.trim() || 'BizInsights <hello@bizinsights.example>',
      brand: { name: 'BizInsights', url: appUrl(), color: '#0f766e' },
    }),
    alertsProcessor({
      alerts: store.alerts,
      members: store.organizations,
      channels: [emailChannel({ link: ({ id }) => new URL(`/alerts/${encodeURIComponent(id)}`, appUrl()).href })],
    }),
  ];
}

/** The sandbox's platforms belong to nobody else, and have limits of their own. */
const AMPLE = Object.fromEntries(
  Object.keys(platforms).map((id) => [id, { account: { requests: 1_000, per: 1_000 } }]),
);

async function mailTransport(isDemo: boolean): Promise<EmailTransport> {
  if (process.env.RESEND_API_KEY?.trim() || !isDemo) return resendTransport();
  return smtpTransport({ host: '127.0.0.1', port: await demoSmtpPort() });
}

async function raiseAccessLost(jobs: AlertJobs, { integration, reason }: AccessLostEvent): Promise<void> {
  const { id, organizationId, platform } = integration;
  const { name } = Object.values(platforms).find((one) => one.id === platform) ?? { name: platform };
  await jobs.queue(alertsQueue).add({
    organizationId,
    type: 'integration',
    severity: 'HIGH',
    title: `Access to ${name} is lost`,
    message: `${reason}. Connect the account again on the page Integrations.`,
    source: 'data-sync',
    fingerprint: `access-lost:${id}`,
    labels: { platform },
  });
}
