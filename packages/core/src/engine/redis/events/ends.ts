/** Where the streams of queues' events begin and end, and what is kept of them: as BullMQ writes and trims them. */
import type { EventsKept } from '../../contract.js';
import { isLater, NOTHING, parseId, type StreamId, type StreamPlace } from './place.js';

/** KEYS: streams. Answers the server's time in ms, and for each stream its ends; `x` for what is no stream. */
export const ENDS_SCRIPT = {
  lua: `
    local now = redis.call('TIME')
    local answer = {now[1] .. string.format('%03d', math.floor(now[2] / 1000))}
    for i, key in ipairs(KEYS) do
      local kind = redis.call('TYPE', key).ok
      if kind == 'none' then
        answer[i + 1] = {'0-0', '0-0', 0}
      elseif kind ~= 'stream' then
        answer[i + 1] = {'x'}
      else
        local about = redis.call('XINFO', 'STREAM', key)
        local field = {}
        for n = 1, #about, 2 do field[about[n]] = about[n + 1] end
        local first = field['first-entry']
        -- Redis before 7 does not say how many there have been: then some may have gone.
        local trimmed = field['entries-added'] == field['length'] and 0 or 1
        answer[i + 1] = {first and first[1] or '0-0', field['last-generated-id'], trimmed}
      end
    end
    return answer`,
} as const;

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
