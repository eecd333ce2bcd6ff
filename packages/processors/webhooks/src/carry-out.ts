/** Does what an event means for the records of an integration. Each of it can be done again with the same end. */
import type { JobContext } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import type { RecordSink, WebhookEffect, WebhookEvent } from '@bizinsights/jobs-platforms';
import { abortable } from './abortable.js';
import type { WebhookIntegration, WebhookIntegrations } from './ports.js';
import type { WebhookQueue, WebhookResult } from './queue.js';

/** The stream that rejected records of webhooks are kept under. */
const STREAM = 'webhook';

/** What it is done with. */
export interface CarryOutOptions {
  readonly event: WebhookEvent;
  readonly integration: WebhookIntegration | undefined;
  readonly integrations: WebhookIntegrations;
  readonly sink: RecordSink;
  /** ms */
  readonly syncDelay: number;
}

type Done = Pick<WebhookResult, 'outcome' | 'reason' | 'records' | 'syncJobId'>;

export async function carryOut(
  job: JobContext<WebhookQueue>,
  effect: WebhookEffect,
  options: CarryOutOptions,
): Promise<Done> {
  const { event, integration, integrations, sink, syncDelay } = options;
  if (effect.kind === 'ignored') return { outcome: 'ignored', reason: `the topic "${event.topic}" changes no records` };
  if (!integration) return { outcome: 'ignored', reason: unaddressed(job, event) };
  switch (effect.kind) {
    case 'records': {
      const { records, rejected, deleted } = effect;
      const batch = { integrationId: integration.id, stream: STREAM, records, rejected, deleted };
      const {
        written,
        unchanged,
        rejected: kept,
        deleted: gone,
      } = await abortable(job.signal, () => sink.write(batch));
      if (kept > 0) job.logger.warn(`${event.topic}: ${kept} records do not fit, and are kept aside`);
      return { outcome: 'stored', records: { written, unchanged, rejected: kept, deleted: gone } };
    }
    case 'sync':
      return { outcome: 'sync', syncJobId: await enqueueSync(job, integration, effect.streams, syncDelay) };
    case 'access-lost': {
      const { reason } = effect;
      const isLost = await abortable(job.signal, () =>
        integrations.accessLost(integration.id, reason, event.occurredAt ?? job.data.receivedAt),
      );
      if (!isLost)
        return { outcome: 'ignored', reason: 'the integration is switched off, or was connected anew since' };
      const { id: integrationId, organizationId } = integration;
      const whose = organizationId === undefined ? {} : { organizationId };
      job.emit('integration:access-lost', { integrationId, platform: job.data.platform, ...whose, reason });
      return { outcome: 'access-lost', reason };
    }
  }
}

function unaddressed({ data }: JobContext<WebhookQueue>, { account }: WebhookEvent): string {
  if (data.integrationId !== undefined) {
    const of = account === undefined ? '' : ` of the account "${account}"`;
    return `there is no active integration "${data.integrationId}"${of}`;
  }
  if (account !== undefined) return `there is no active integration of the account "${account}"`;
  return `it names no account: let ${data.platform} send to an address with the integration's id behind the platform`;
}

/**
 * Many events of one kind often come at once, and one sync is enough for them. It starts after the last that it stands
 * for: one that already runs may have read past what this event is about.
 */
async function enqueueSync(
  job: JobContext<WebhookQueue>,
  { id: integrationId, organizationId }: WebhookIntegration,
  streams: readonly string[],
  syncDelay: number,
): Promise<string> {
  const key = `webhook:${JSON.stringify([integrationId, ...[...streams].sort()])}`;
  const data = {
    integrationId,
    streams: [...streams],
    ...(organizationId === undefined ? {} : { organizationId }),
  };
  const delay = Math.max(1, Math.ceil(syncDelay));
  const { id } = await job.enqueue(dataSyncQueue, data, {
    // A later attempt of this job adds no second one.
    id: `sync-${job.id}`,
    delay,
    deduplicate: { key, ttl: delay },
  });
  return id;
}
