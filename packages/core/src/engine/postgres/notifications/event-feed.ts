/**
 * The events of many queues on PostgreSQL and the embedded store, from BullMQ's table of events: one reader for all.
 *
 * Their ids come from one sequence, so that a place is one number. A transaction may commit after another one that took a
 * later id: whoever reads on from the later one would miss its events. So nothing is read beyond an id until each
 * transaction that could still hold one before it has ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '../../../errors.js';
import { type EventFeed, type EventsKept, isEventKind, type QueueEvent } from '../../contract.js';
import { BULLMQ_SCHEMA } from '../schema.js';
import type { RunSql } from '../state.js';
import type { SqlListener } from './listener.js';

/** Read at once. */
const PAGE = 1_000;

/** Where BullMQ tells of events, and of jobs that are added many at a time. */
const CHANNELS = ['bullmq_events', 'bullmq_jobs'] as const;

/** Looks for events of which nothing was told: BullMQ leaves notifications out while others are under way. ms */
const LOOK = 1_000;

/** Between two looks in a busy store. ms */
const PAUSE = 20;

/** Between two looks for transactions that have not ended. ms */
const WRITER_LOOK = 10;

/** A transaction that takes longer to commit what BullMQ wrote in one statement is not waited for. ms */
const WRITER_LIMIT = 5_000;

/** BullMQ's default of events that are kept of a queue, in ids of all queues. */
const KEPT = 10_000;

/** The last id that was given, and then who writes events in a transaction that has not ended. */
const WRITERS = `
  SELECT CASE WHEN s.is_called THEN s.last_value ELSE 0 END::text AS last,
    ARRAY(SELECT virtualtransaction FROM pg_locks
          WHERE s.last_value > 0 AND locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
            AND relation = '${BULLMQ_SCHEMA}.event'::regclass
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS writers
  FROM ${BULLMQ_SCHEMA}.event_seq s`;

const EVENTS = `
  SELECT e.queue, e.id::text AS id, e.event, e.data ->> 'jobId' AS job FROM ${BULLMQ_SCHEMA}.event e
  WHERE e.queue = ANY($1) AND e.id > $2 AND e.id <= $3 ORDER BY e.id LIMIT ${PAGE}`;

/** BullMQ trims a queue as it writes to it: up to so many ids before its last one. */
const TRIMMED = `
  SELECT coalesce(bool_or(kept.first > $2 AND kept.last - coalesce(own.most, ${KEPT}) > $2), false) AS trimmed
  FROM unnest($1::text[]) AS name (queue)
  CROSS JOIN LATERAL (SELECT min(id) AS first, max(id) AS last FROM ${BULLMQ_SCHEMA}.event e WHERE e.queue = name.queue) kept
  LEFT JOIN LATERAL (SELECT value::bigint AS most FROM ${BULLMQ_SCHEMA}.meta m
    WHERE m.queue = name.queue AND m.field = 'opts.maxLenEvents') own ON true`;

interface Writers {
  readonly last: number;
  readonly writers: readonly string[];
}

export interface SqlFeedOptions {
  readonly run: RunSql;
  readonly listener: SqlListener;
  readonly queues: readonly string[];
  readonly isClosed: () => boolean;
  readonly onError: (error: Error) => void;
}

export function createSqlFeed({ run, listener: { listen }, queues, isClosed, onError }: SqlFeedOptions): EventFeed {
  const names = new Set(queues);

  const look = async (): Promise<Writers> => {
    const [row] = await run<{ last: string; writers: string[] }>(WRITERS, []);
    return { last: Number(row?.last ?? 0), writers: row?.writers ?? [] };
  };

  /** The last id, once all before it can be read or will never be there. */
  const settled = async (): Promise<number> => {
    const { last, writers } = await look();
    const end = performance.now() + WRITER_LIMIT;
    let left = writers;
    while (left.length > 0 && performance.now() < end) {
      await sleep(WRITER_LOOK);
      const now = new Set((await look()).writers);
      left = left.filter((writer) => now.has(writer));
    }
    return last;
  };

  const read = async (after: number, upTo: number) => {
    const rows = await run<{ queue: string; id: string; event: string; job: string | null }>(EVENTS, [
      queues,
      after,
      upTo,
    ]);
    const isLast = rows.length < PAGE;
    const events = rows.flatMap(({ queue, id, event, job }): QueueEvent[] =>
      isEventKind(event) && job !== null ? [{ queue, id, kind: event, jobId: job, place: writePlace(Number(id)) }] : [],
    );
    return { events, isLast, place: isLast ? upTo : Number(rows.at(-1)?.id) };
  };

  const keptBehind = async (place: number | undefined, last: number): Promise<EventsKept> => {
    if (place === undefined || place > last) return 'unknown';
    const [row] = await run<{ trimmed: boolean }>(TRIMMED, [queues, place]);
    return row?.trimmed ? 'some' : 'all';
  };

  return {
    now: async () => writePlace(await settled()),
    async page(after) {
      const last = await settled();
      const from = readPlace(after);
      const kept = await keptBehind(from, last);
      const unknown = { events: [], isLast: true, place: last };
      const { place, ...page } = from === undefined || kept === 'unknown' ? unknown : await read(from, last);
      return { ...page, kept, place: writePlace(place), has: ({ id }) => Number(id) <= place };
    },
    async follow(after, listener) {
      let place = readPlace(after) ?? (await settled());
      const ended = new AbortController();
      let wake = () => {};
      let isAwake = false;
      const rouse = () => {
        isAwake = true;
        wake();
      };
      const onChannel = {
        notified: (queue: string) => {
          if (names.has(queue)) rouse();
        },
        missed: rouse,
      };
      const woken = async () => {
        if (isAwake) return;
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, LOOK).unref();
        });
        clearTimeout(timer);
      };
      const followOn = async () => {
        while (!ended.signal.aborted) {
          await woken();
          if (ended.signal.aborted) return;
          isAwake = false;
          try {
            const { events, isLast, place: reached } = await read(place, await settled());
            for (const event of events) if (!ended.signal.aborted) listener(event);
            place = reached;
            if (!isLast) isAwake = true;
          } catch (error) {
            if (ended.signal.aborted || isClosed()) return;
            onError(toError(error));
            await sleep(LOOK, undefined, { ref: false });
          }
          await sleep(PAUSE, undefined, { ref: false });
        }
      };
      const stops = await Promise.all(CHANNELS.map((channel) => listen(channel, onChannel)));
      followOn().catch(onError);
      // What was told before the channels were listened to.
      rouse();
      return async () => {
        ended.abort();
        for (const stop of stops) stop();
        wake();
      };
    },
  };
}

function writePlace(id: number): string {
  return `p${id.toString(36)}`;
}

function readPlace(text: string): number | undefined {
  const [, id] = /^p([0-9a-z]{1,10})$/.exec(text) ?? [];
  return id === undefined ? undefined : Number.parseInt(id, 36);
}
