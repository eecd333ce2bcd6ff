/** Where the streams of queues' events begin and end, and what is kept of them: as BullMQ writes and trims them. */
import type { EventsKept } from '../../contract.js';
import { STREAM_ENDS } from '../scripts/index.js';
import { isLater, NOTHING, parseId, type StreamId, type StreamPlace } from './place.js';

export const ENDS_SCRIPT = { lua: STREAM_ENDS } as const;

export interface StreamEnds {
  readonly first: StreamId;
  readonly last: StreamId;
  /** Whether entries have left it. */
  readonly wasTrimmed: boolean;
}

export interface AllEnds {
  /** Of the server, ms. */
  readonly time: number;
  /** Undefined for what is no stream. */
  readonly ends: readonly (StreamEnds | undefined)[];
}

export function readEnds(answer: unknown): AllEnds {
  const [time, ...ends]: unknown[] = Array.isArray(answer) ? answer : [];
  return { time: Number(time), ends: ends.map(readEnd) };
}

function readEnd(answer: unknown): StreamEnds | undefined {
  const [first, last, trimmed]: unknown[] = Array.isArray(answer) ? answer : [];
  if (first === 'x') return undefined;
  return {
    first: parseId(String(first)) ?? NOTHING,
    last: parseId(String(last)) ?? NOTHING,
    wasTrimmed: trimmed === 1,
  };
}

/** What there still is behind a place in one stream. A time for many streams is no id that any of them has given. */
export function keptBehind(id: StreamId, { first, last, wasTrimmed }: StreamEnds): EventsKept {
  if (Number.isFinite(id.nth) && isLater(id, last)) return 'unknown';
  return wasTrimmed && isLater(first, id) ? 'some' : 'all';
}

/** What there still is behind a place in all of its streams. */
export function keptOf(place: StreamPlace, ends: ReadonlyMap<string, StreamEnds>): EventsKept {
  const kept = [...ends].map(([queue, end]) => keptBehind(place.of(queue), end));
  return kept.find((one) => one === 'unknown') ?? kept.find((one) => one === 'some') ?? 'all';
}
