/** The record of a schedule: what is wanted, who wants it, and what an operator has said. */
import type { RunPlan, StoredSchedule } from '../engine/engine.js';
import { nextSlot } from '../engine/rhythm.js';
import { storedName } from '../names.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import { toStoredOptions } from '../queue/options.js';
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

/** Whether it is to have a next run. */
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

export function readRecord(text: string): ScheduleRecord {
  return JSON.parse(text);
}

/** What its jobs are made of. They have what jobs that are added have. */
export function toPlan(queue: AnyQueueDefinition, { definition, fingerprint }: ScheduleRecord): RunPlan {
  const { key, data, priority } = definition;
  const options = toStoredOptions(queue, priority === undefined ? undefined : { priority });
  return {
    key,
    data,
    rhythm: toRhythm(definition),
    options: { ...options, bizinsights: { ...options.bizinsights, schedule: { key, fingerprint } } },
  };
}
