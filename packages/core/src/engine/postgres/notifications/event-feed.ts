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
import { EVENT_WRITERS, EVENTS_AT_ONCE, READ_EVENTS, TRIMMED_EVENTS } from '../sql/index.js';
import type { RunSql } from '../state.js';
import type { SqlListener } from './listener.js';

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
    const [row] = await run<{ last: string; writers: string[] }>(EVENT_WRITERS, []);
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
    const rows = await run<{ queue: string; id: string; event: string; job: string | null }>(READ_EVENTS, [
      queues,
      after,
      upTo,
    ]);
    const isLast = rows.length < EVENTS_AT_ONCE;
    const events = rows.flatMap(({ queue, id, event, job }): QueueEvent[] =>
      isEventKind(event) && job !== null ? [{ queue, id, kind: event, jobId: job, place: writePlace(Number(id)) }] : [],
    );
    return { events, isLast, place: isLast ? upTo : Number(rows.at(-1)?.id) };
  };

  const keptBehind = async (place: number | undefined, last: number): Promise<EventsKept> => {
    if (place === undefined || place > last) return 'unknown';
    const [row] = await run<{ trimmed: boolean }>(TRIMMED_EVENTS, [queues, place]);
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
