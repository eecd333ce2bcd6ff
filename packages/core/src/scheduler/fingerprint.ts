/** Tells whether a schedule is still what it was, without reading or checking it. */
import { hash } from 'node:crypto';
import type { AnyQueueDefinition } from '../queue/definition.js';
import { toStoredOptions, withTenant } from '../queue/options.js';
import { type ScheduleField, scheduleFields } from '../queue/schedule.js';

/** Raise it when what is made of a schedule changes: then all are written anew. */
const VERSION = 1;

/**
 * What every print is made of, given or not, in this order. Frozen: a schedule whose print differs from the stored one is
 * written anew. Fields that came later count where they are given.
 */
const ALWAYS = [
  'data',
  'every',
  'cron',
  'timezone',
  'jitter',
  'startAt',
  'endAt',
  'overlap',
  'catchUp',
  'paused',
  'priority',
  'tags',
] as const satisfies readonly ('data' | ScheduleField)[];

const LATER = Object.keys(scheduleFields).filter((name) => !ALWAYS.some((always) => always === name));

const KNOWN: ReadonlySet<string> = new Set(['key', 'queue', ...ALWAYS, ...LATER]);

const optionsOf = new WeakMap<AnyQueueDefinition, string>();

/**
 * Of a schedule as it was given, before it is checked: what is equal to what has been checked is fine. The options that
 * its queue gives to jobs are part of it.
 *
 * @throws {TypeError} when the data is nothing that JSON can carry
 */
export function fingerprintOf(input: object, queue: AnyQueueDefinition, source: string): string {
  const read = (name: string): unknown => Reflect.get(input, name);
  const later = LATER.filter((name) => read(name) !== undefined).flatMap((name) => [name, read(name)]);
  // A mistyped field makes another print, so that the schedule is checked and the field is refused.
  const unknown = Object.keys(input).filter((name) => !KNOWN.has(name));
  const text = JSON.stringify([source, optionsText(queue), ...ALWAYS.map(read), ...later, ...unknown]);
  return hash('sha1', text, 'base64');
}

function optionsText(queue: AnyQueueDefinition): string {
  let text = optionsOf.get(queue);
  if (text === undefined) {
    // Jobs of a queue with tenants say whose they are: plans of an older release, or of before there were any, do not.
    const options = withTenant(queue, toStoredOptions(queue, undefined), '');
    text = `${VERSION} ${queue.name} ${JSON.stringify(options)}`;
    optionsOf.set(queue, text);
  }
  return text;
}
