/** Whose a stored job is: what was decided when it was added. */
import type { StoredJob } from '../engine/contract.js';
import { lookAtStored } from './data.js';
import type { AnyQueueDefinition } from './definition.js';
import { tenantName } from './tenant.js';

/** What is asked about. `data` is what is stored. */
export type OwnedJob = Pick<StoredJob, 'data' | 'opts'> & Partial<Pick<StoredJob, 'name'>>;

/**
 * The tenant that the job was added for; undefined where it is nobody's.
 *
 * A job that says nothing of it was added by an older release, or by BullMQ itself: then its data says it, as its schema
 * reads it. What can't be read is nobody's.
 */
export function tenantOfJob(queue: AnyQueueDefinition, job: OwnedJob): string | undefined {
  const kept = keptTenant(job);
  if (kept !== undefined) return kept || undefined;
  if (!queue.tenant) return undefined;
  const read = lookAtStored(queue, job.data, { version: versionOf(job), name: job.name ?? queue.name });
  if (!read) return undefined;
  try {
    return tenantName(queue, read.data) || undefined;
  } catch {
    // It gives what is no name for data that it was not asked about when the job was added.
    return undefined;
  }
}

/** What is kept with the job; empty: nobody's. Undefined for a job that has been added without it. */
export function keptTenant(job: Pick<StoredJob, 'opts'>): string | undefined {
  const { tenant } = ownOptions(job);
  return typeof tenant === 'string' ? tenant : undefined;
}

function versionOf(job: OwnedJob): number {
  const { version } = ownOptions(job);
  return typeof version === 'number' ? version : 1;
}

function ownOptions({ opts }: Pick<StoredJob, 'opts'>): { readonly tenant?: unknown; readonly version?: unknown } {
  const own: unknown = 'bizinsights' in opts ? opts.bizinsights : undefined;
  return typeof own === 'object' && own !== null ? own : {};
}
