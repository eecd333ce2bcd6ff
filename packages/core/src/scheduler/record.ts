/** The record of a schedule: what is wanted, who wants it, and what an operator has said. */

import { z } from 'zod';
import { defined } from '../defined.js';
import type { RunPlan, ScheduledRun, StoredSchedule } from '../engine/contract.js';
import { nextSlot } from '../engine/recurrence.js';
import { storedName } from '../names.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import { toStoredOptions } from '../queue/options.js';
import { keptFields } from '../queue/schedule.js';
import type { ScheduleDefinition } from './definition.js';
import { toRhythm } from './timing.js';

export interface ScheduleRecord {
  readonly definition: ScheduleDefinition;
  /** The source that wants it; empty when the host has written it by itself. */
  readonly source: string;
  /** What an operator has said, whatever the definition says. */
  readonly operator?: 'paused' | 'resumed';
  readonly fingerprint: string;
  /** Epoch ms. */
  readonly writtenAt: number;
}

/** The list that all are in. */
export const ALL = 'all';

export const sourceIndex = (source: string): string => `source:${source}`;
export const queueIndex = (queue: string): string => `queue:${queue}`;
export const tagIndex = (tag: string): string => `tag:${tag}`;
/** In one line, as an index has to be. */
export const tenantIndex = (tenant: string): string => `tenant:${storedName(tenant.replace(/\p{Cc}/gu, ' '))}`;

export function isPaused({ operator, definition }: Pick<ScheduleRecord, 'operator' | 'definition'>): boolean {
  return operator === undefined ? definition.paused : operator === 'paused';
}

/**
 * Whether it is to have a next run.
 *
 * @throws what croner throws, for a record that `planProblem` has not been asked about
 */
export function isDue(record: ScheduleRecord, now: number): boolean {
  return !isPaused(record) && nextSlot(toRhythm(record.definition), now) !== undefined;
}

/** What a fast look compares. */
export function printOf(fingerprint: string, operator: ScheduleRecord['operator']): string {
  return operator === undefined ? fingerprint : `${fingerprint}/${operator}`;
}

export function toStored(record: ScheduleRecord): StoredSchedule {
  const { definition, source, fingerprint, operator } = record;
  const { key, queue, tags, tenant } = definition;
  return {
    key,
    print: printOf(fingerprint, operator),
    record: JSON.stringify(record),
    indexes: [
      ALL,
      sourceIndex(source),
      queueIndex(queue),
      ...tags.map(tagIndex),
      ...(tenant === undefined ? [] : [tenantIndex(tenant)]),
    ],
  };
}

/** What must be in a record for the rest of the scheduler to rely on. Another release may have put more into it. */
const recordShape = z.looseObject({
  definition: z.looseObject({
    key: z.string(),
    queue: z.string(),
    ...keptFields,
    tenant: z.string().optional(),
  }),
  source: z.string(),
  operator: z.enum(['paused', 'resumed']).optional(),
  fingerprint: z.string(),
  writtenAt: z.number(),
});

function isRecord(value: unknown): value is ScheduleRecord {
  return recordShape.safeParse(value).success;
}

/** The record of a key; undefined for a text that is none: written by another release, or by somebody's hand. */
export function readRecord(key: string, text: string): ScheduleRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isRecord(value) && value.definition.key === key ? value : undefined;
}

/** Those of `keys` that have a record which can be read, in their order. */
export function readRecords(keys: readonly string[], texts: readonly (string | undefined)[]): ScheduleRecord[] {
  return keys.flatMap((key, index) => {
    const text = texts[index];
    const record = text === undefined ? undefined : readRecord(key, text);
    return record ? [record] : [];
  });
}

/** Said of what `readRecord` can't read. */
export const UNREADABLE = 'its record in the store cannot be read; write the schedule anew, or remove it';

/** What its jobs are made of. They have what jobs that are added have. */
export function toPlan(queue: AnyQueueDefinition, { definition, fingerprint }: ScheduleRecord): RunPlan {
  const { key, data, priority, tenant } = definition;
  const options = toStoredOptions(queue, priority === undefined ? undefined : { priority });
  const own = { ...options.bizinsights, ...defined({ tenant }) };
  return {
    key,
    data,
    rhythm: toRhythm(definition),
    options: {
      ...options,
      bizinsights: { ...own, schedule: { key, fingerprint, ...defined({ overlap: plainOverlap(definition) }) } },
    },
  };
}

/** The guard of runs need not read the record of such a schedule while its print is what it was. */
function plainOverlap({ paused, catchUp, endAt, overlap }: ScheduleDefinition): ScheduledRun['overlap'] {
  return paused || catchUp === 'none' || endAt !== undefined ? undefined : overlap;
}
