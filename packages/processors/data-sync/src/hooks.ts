/** The host's hooks. One that fails is the host's affair: the sync goes on. */
import { type JobContext, toError } from '@bizinsights/jobs-core';
import type { Integration } from './ports.js';
import type { DataSyncQueue, KeptBack } from './queue.js';
import { describe } from './sweep-stream.js';

/** What `onKeptBack` is told. */
export interface KeptBackEvent extends KeptBack {
  readonly integration: Integration;
  /** The stream's name: `orders`. */
  readonly stream: string;
  readonly jobId: string;
}

type Job = JobContext<DataSyncQueue>;

/** Calls a hook, and logs what it throws. */
export async function tell(job: Job, name: string, hook: () => Promise<void> | void): Promise<void> {
  try {
    await hook();
  } catch (problem) {
    job.logger.error({ err: toError(problem) }, `${name} has failed`);
  }
}

/** To whom it may concern: the log, the listeners of `jobs.events`, and the host. */
export async function tellKeptBack(
  job: Job,
  event: Omit<KeptBackEvent, 'jobId'>,
  onKeptBack: ((event: KeptBackEvent) => Promise<void> | void) | undefined,
): Promise<void> {
  const { integration, stream, reason, missing, of } = event;
  const { id: integrationId, platform, organizationId } = integration;
  job.logger.warn(`${stream}: ${describe(event)}`);
  job.emit('integration:kept-back', { integrationId, platform, organizationId, stream, reason, missing, of });
  await tell(job, 'onKeptBack', () => onKeptBack?.({ ...event, jobId: job.id }));
}
