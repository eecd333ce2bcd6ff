/** Reads entries of many streams, and puts them in the order of their times. */
import { defined } from '../../../defined.js';
import { isEventKind, type QueueEvent } from '../../contract.js';
import { isLater, parseId, type StreamId, type StreamPlace, writeId } from './place.js';

/** Entries of each stream that are read at once. */
export const ENTRIES = 200;

interface Entry {
  readonly queue: string;
  readonly id: StreamId;
  readonly kind: string | undefined;
  readonly jobId: string | undefined;
}

/** What an `XREAD` behind a place asks for: of one client's streams. */
export function readArguments(place: StreamPlace, queues: readonly string[], keyOf: (queue: string) => string) {
  return ['STREAMS', ...queues.map(keyOf), ...queues.map((queue) => writeId(place.of(queue)))];
}

/**
 * The events of an answer, oldest first, and moves the place on to the last of them. What is later than an entry that has
 * not been read yet is left for the next read.
 *
 * @param queueOf the queue of a key
 */
export function takeEntries(
  answers: readonly unknown[],
  place: StreamPlace,
  queueOf: (key: string) => string | undefined,
): { readonly events: QueueEvent[]; readonly isLast: boolean } {
  const entries: Entry[] = [];
  let end: StreamId | undefined;
  for (const stream of answers.flatMap((answer) => (Array.isArray(answer) ? answer : []))) {
    const [key, list]: unknown[] = Array.isArray(stream) ? stream : [];
    const queue = queueOf(String(key));
    if (queue === undefined || !Array.isArray(list)) continue;
    const read = list.flatMap((entry) => readEntry(queue, entry));
    entries.push(...read);
    const last = read.at(-1)?.id;
    if (list.length >= ENTRIES && last && (!end || isLater(end, last))) end = last;
  }
  entries.sort((a, b) => a.id.ms - b.id.ms || a.id.nth - b.id.nth);
  const events: QueueEvent[] = [];
  for (const { queue, id, kind, jobId } of entries) {
    if (end && isLater(id, end)) continue;
    place.moveTo(queue, id);
    if (isEventKind(kind) && jobId !== undefined)
      events.push({ queue, id: writeId(id), kind, jobId, place: place.toString() });
  }
  return { events, isLast: end === undefined };
}

function readEntry(queue: string, entry: unknown): Entry[] {
  const [id, fields]: unknown[] = Array.isArray(entry) ? entry : [];
  const parsed = parseId(String(id));
  if (!parsed || !Array.isArray(fields)) return [];
  const field = (name: string): string | undefined => {
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return String(fields[at + 1]);
    return undefined;
  };
  return [
    {
      queue,
      id: parsed,
      kind: undefined,
      jobId: undefined,
      ...defined({ kind: field('event'), jobId: field('jobId') }),
    },
  ];
}
