/** Does what an event means for the records of an integration. Each of it can be done again with the same end. */
import { abortable, defined, ERROR_CODES, type JobContext, toError } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import type { RecordSink, WebhookEffect, WebhookEvent } from '@bizinsights/jobs-platforms';
import { eventKey } from '../event-key.js';
import type { WebhookIntegration, WebhookIntegrations } from '../ports.js';
import type { WebhookQueue, WebhookResult } from '../queue.js';
import { withTimes } from './believed.js';
import { carryOutPrivacy, type PrivacyOptions } from './privacy.js';

/** The stream that rejected records of webhooks are kept under. */
const STREAM = 'webhook';

/**
 * What happened so long ago may have been read by a sync, and the next sync begins behind it: it begins some minutes before
 * the end of the last one. ms
 */
const LATE = 120_000;

/** What it is done with. */
export interface CarryOutOptions extends PrivacyOptions {
  readonly event: WebhookEvent;
  /** Those of the address, or of the event's accounts, that take an event of its mode. */
  readonly addressed: readonly WebhookIntegration[];
  readonly integrations: WebhookIntegrations;
  readonly sink: RecordSink;
  /** ms */
  readonly syncDelay: number;
  /** Epoch ms. */
  readonly now: () => number;
}

type Done = Pick<WebhookResult, 'outcome' | 'reason' | 'records' | 'syncJobId'>;

type Effect = Exclude<WebhookEffect, { readonly kind: 'ignored' }>;

/**
 * For each integration that the event is for: one that fails does not keep the others from it. Answers with what was done
 * for the first, where anything was done.
 *
 * @throws what one has failed with: what may succeed at another attempt before what can't
 */
export async function carryOut(
  job: JobContext<WebhookQueue>,
  effect: WebhookEffect,
  options: CarryOutOptions,
): Promise<Done> {
  const { event, addressed } = options;
  if (effect.kind === 'ignored') {
    return { outcome: 'ignored', reason: effect.unproven ?? `the topic "${event.topic}" changes no records` };
  }
  if (effect.kind === 'privacy' && addressed.length === 0) {
    return { outcome: 'privacy', reason: `nothing is stored of the account "${event.account ?? ''}"` };
  }
  const done: Done[] = [];
  const failures: Error[] = [];
  for (const integration of addressed) {
    try {
      done.push(await carryOutFor(integration, job, effect, options));
    } catch (thrown) {
      if (job.signal.aborted) throw thrown;
      failures.push(toError(thrown));
    }
  }
  const failure = failures.find((error) => !isPermanent(error)) ?? failures[0];
  if (failure) throw failure;
  if (event.accounts) {
    job.logger.info(`${event.topic}: for ${done.length} integrations of its ${event.accounts.length} accounts`);
  }
  return (
    done.find(({ outcome }) => outcome !== 'ignored') ??
    done[0] ?? { outcome: 'ignored', reason: unaddressed(job, event) }
  );
}

/** By code: the host may have loaded another copy of the class. */
function isPermanent(error: Error): boolean {
  return 'code' in error && error.code === ERROR_CODES.PermanentError;
}

/** The integrations that an event is for, each once. */
export async function findAddressed(
  { data: { platform, integrationId }, signal }: JobContext<WebhookQueue>,
  event: Pick<WebhookEvent, 'account' | 'accounts'>,
  integrations: WebhookIntegrations,
): Promise<readonly WebhookIntegration[]> {
  const found = new Map<string, WebhookIntegration>();
  for (const account of event.accounts ?? [event.account]) {
    const address = { platform, integrationId, account };
    const all = await abortable(signal, async () =>
      integrations.findAll ? integrations.findAll(address) : [(await integrations.find(address)) ?? []].flat(),
    );
    // A host's handler gets them: what they are signed with stays here.
    for (const { id, organizationId, mode } of all) {
      found.set(id, { id, organizationId, ...defined({ mode }) });
    }
  }
  return [...found.values()];
}

async function carryOutFor(
  integration: WebhookIntegration,
  job: JobContext<WebhookQueue>,
  effect: Effect,
  options: CarryOutOptions,
): Promise<Done> {
  const { event, integrations, syncDelay } = options;
  switch (effect.kind) {
    case 'records':
      return await storeRecords(integration, job, effect, options);
    case 'sync': {
      const syncJobId = await enqueueSync(job, integration, effect.streams, syncDelay);
      return { outcome: 'sync', ...defined({ reason: effect.unproven }), syncJobId };
    }
    case 'privacy':
      return await carryOutPrivacy(integration, job, effect.request, event, options);
    case 'access-lost': {
      const { reason } = effect;
      const isLost = await abortable(job.signal, () =>
        integrations.accessLost(integration.id, reason, event.occurredAt ?? job.data.receivedAt),
      );
      if (!isLost)
        return { outcome: 'ignored', reason: 'the integration is switched off, or was connected anew since' };
      const { id: integrationId, organizationId } = integration;
      const whose = defined({ organizationId });
      job.emit('integration:access-lost', { integrationId, platform: job.data.platform, ...whose, reason });
      return { outcome: 'access-lost', reason };
    }
  }
}

/**
 * Of a tie, two states of one time, only the platform can tell which one holds: it is asked, by a sync. Until then the last
 * to come stands. It is written only when the sync is in the queue, as no later attempt would see that there was a tie; and
 * by the first to see it, as the sync may have stored the answer since.
 */
async function storeRecords(
  integration: WebhookIntegration,
  job: JobContext<WebhookQueue>,
  { rejected, streams = [], ...dated }: Extract<Effect, { readonly kind: 'records' }>,
  { event, sink, syncDelay, now }: CarryOutOptions,
): Promise<Done> {
  const { records, deleted, isAhead } = withTimes(dated, job.data.receivedAt);
  const batch = { integrationId: integration.id, stream: STREAM, records, rejected, deleted, onTie: 'keep' } as const;
  const stored = await abortable(job.signal, () => sink.write(batch));
  const { tied = 0, ...counts } = stored;
  if (counts.rejected > 0) job.logger.warn(`${event.topic}: ${counts.rejected} records do not fit, and are kept aside`);
  if (tied === 0) {
    const syncJobId = isAhead ? await enqueueSync(job, integration, streams, syncDelay) : undefined;
    return { outcome: 'stored', records: counts, ...defined({ syncJobId }) };
  }
  const isFirst = await isFirstTime(job, `tie of ${integration.id}`);
  const syncJobId = await enqueueSync(job, integration, streams, syncDelay);
  if (!isFirst || records.some(({ updatedAt }) => updatedAt < now() - LATE)) {
    return { outcome: 'stored', records: counts, syncJobId };
  }
  const replacing = { ...batch, rejected: [], deleted: [], onTie: 'replace' } as const;
  const { written } = await abortable(job.signal, () => sink.write(replacing));
  return {
    outcome: 'stored',
    records: { ...counts, written: counts.written + written, unchanged: counts.unchanged - written },
    syncJobId,
  };
}

/** Whether no attempt of the job has been here before, be it one that was cut off right behind. */
async function isFirstTime({ step }: JobContext<WebhookQueue>, place: string): Promise<boolean> {
  let isFirst = false;
  await step(place, () => {
    isFirst = true;
  });
  return isFirst;
}

function unaddressed({ data }: JobContext<WebhookQueue>, { account, accounts }: WebhookEvent): string {
  const whose = accounts ? `any of its ${accounts.length} accounts` : account && `the account "${account}"`;
  if (data.integrationId !== undefined) {
    return `there is no active integration "${data.integrationId}"${whose ? ` of ${whose}` : ''}`;
  }
  if (whose) return `there is no active integration of ${whose}`;
  return `it names no account: let ${data.platform} send to an address with the integration's id behind the platform`;
}

/**
 * Syncs these streams; none means all. Many events of one kind often come at once, and one sync is enough for them. It
 * starts after the last that it stands for: one that already runs may have read past what this event is about.
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
    ...(streams.length === 0 ? {} : { streams: [...streams] }),
    ...defined({ organizationId }),
  };
  const delay = Math.max(1, Math.ceil(syncDelay));
  const { id } = await job.enqueue(dataSyncQueue, data, {
    // One for each integration, and a later attempt of this job adds no second one.
    id: `sync-${eventKey({ platform: job.data.platform, integrationId }, job.id)}`,
    delay,
    deduplicate: { key, ttl: delay },
  });
  return id;
}
