/** What works on the queues, each with the name that the worker's start tells. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import type { AnyProcessorDefinition } from '@bizinsights/jobs-core';
import { type AccessLostEvent, dataSyncProcessor } from '@bizinsights/jobs-data-sync';
import { type EmailTransport, emailProcessor, resendTransport, smtpTransport } from '@bizinsights/jobs-email';
import { platforms } from '@bizinsights/jobs-platforms';
import { webhookProcessor } from '@bizinsights/jobs-webhooks';
import { demoHttp, demoServicesUrl, demoSmtpPort } from './demo-services';
import { jobs } from './jobs';
import { store } from './store';
import { webhookSecrets } from './webhook-secrets';

export async function createProcessors(): Promise<AnyProcessorDefinition[]> {
  const isDemo = demoServicesUrl() !== undefined;
  const secrets = await webhookSecrets();
  return [
    dataSyncProcessor({
      platforms: Object.values(platforms),
      integrations: store.integrations,
      sink: store.records,
      onSynced: async ({ integration }) => void (await store.metrics.refresh(integration.organizationId)),
      onAccessLost: raiseAccessLost,
      ...(isDemo ? { http: await demoHttp(), budgets: AMPLE } : {}),
    }),
    webhookProcessor({
      platforms: Object.values(platforms),
      integrations: store.webhooks,
      sink: store.records,
      privacy: store.privacy,
      ...(secrets ? { secrets } : {}),
    }),
    emailProcessor({
      transport: await mailTransport(isDemo),
      from: process.env.EMAIL_FROM?.trim() || 'BizInsights <hello@bizinsights.example>',
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

async function raiseAccessLost({ integration, reason }: AccessLostEvent): Promise<void> {
  const { id, organizationId, platform } = integration;
  await jobs.queue(alertsQueue).add({
    organizationId,
    type: 'integration',
    severity: 'HIGH',
    title: `Access to ${platform} is lost`,
    message: `${reason}. Connect the account again on the page Integrations.`,
    source: 'data-sync',
    fingerprint: `access-lost:${id}`,
    labels: { platform },
  });
}
