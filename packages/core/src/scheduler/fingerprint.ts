/** Tells whether a schedule is still what it was, without reading or checking it. */
import { hash } from 'node:crypto';
import type { AnyQueueDefinition } from '../queue/definition.js';
import { toStoredOptions, withTenant } from '../queue/options.js';

/** Raise it when what is made of a schedule changes: then all are written anew. */
const VERSION = 1;

const optionsOf = new WeakMap<AnyQueueDefinition, string>();

/**
 * Of a schedule as it was given, before it is checked: what is equal to what has been checked is fine. The options that
 * its queue gives to jobs are part of it.
 *
 * @throws {TypeError} when the data is nothing that JSON can carry
 */
export function fingerprintOf(input: object, queue: AnyQueueDefinition, source: string): string {
  const read = (name: string): unknown => Reflect.get(input, name);
  const text = JSON.stringify([
    source,
    optionsText(queue),
    read('data'),
    read('every'),
    read('cron'),
    read('timezone'),
    read('jitter'),
    read('startAt'),
    read('endAt'),
    read('overlap'),
    read('catchUp'),
    read('paused'),
    read('priority'),
    read('tags'),
  ]);
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
