/** What an index reads of its queue: all of it once, and then what has changed. */
import { createDatabase } from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import type { EventFeed } from '../../engine/contract.js';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineQueue } from '../../queue/definition.js';
import { MONITORING } from '../access.js';
import { QueueIndex } from './queue-index.js';

const queue = defineQueue({
  name: 'turns',
  schema: z.object({ tenant: z.string(), word: z.string() }),
  tenant: ({ tenant }) => tenant,
  fair: true,
});

const CONNECTIONS = {
  Redis: async () => inject('redisUrl'),
  PostgreSQL: async () => (await createDatabase(inject('postgresUrl'))).url,
};

const HOUR = 3_600_000;
const MANY = 1_000;

const entries = (count: number, name: string, delay = 0) =>
  Array.from({ length: count }, (_, n) => ({
    data: { tenant: `t${n % 7}`, word: `${name}${n}` },
    options: { id: `${name}-${n}`, ...(delay > 0 ? { delay } : {}) },
  }));

function openIndex(connection: string) {
  const prefix = `index-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const jobs = createJobs({ connection, prefix, queues: [queue], logger: silentLogger });
  const { engine } = jobs[MONITORING];
  const store = engine.queue(queue.name);
  const feed = engine.events([queue.name], (error) => expect.unreachable(String(error)));
  const read = { ids: 0, texts: 0, commands: 0 };
  const counted =
    <Args extends readonly unknown[], Answer>(kind: 'ids' | 'texts' | undefined, call: (...args: Args) => Answer) =>
    async (...args: Args): Promise<Awaited<Answer>> => {
      const answer = await call(...args);
      read.commands += 1;
      if (kind && Array.isArray(answer)) read[kind] += answer.length;
      return answer;
    };
  /** Whether the next page of events tells of none, as if they had been trimmed. */
  const trimmed = { isNext: false };
  const page: EventFeed['page'] = async (after) => {
    const { isNext } = trimmed;
    trimmed.isNext = false;
    const whole = await feed.page(after);
    return isNext ? { ...whole, events: [], kept: 'some' } : whole;
  };
  const index = new QueueIndex({
    queue: {
      counts: counted(undefined, () => store.counts()),
      ids: counted('ids', (...args: Parameters<typeof store.ids>) => {
        opened.onIds();
        return store.ids(...args);
      }),
      sizes: counted(undefined, (ids: readonly string[]) => store.sizes(ids)),
      texts: counted('texts', (ids: readonly string[]) => store.texts(ids)),
    },
    events: { now: () => feed.now(), page: counted(undefined, page) },
    definition: queue,
  });
  const opened = {
    jobs,
    handle: jobs.queue(queue),
    index,
    trimmed,
    /** Called as a list is read. */
    onIds: () => {},
    /** What a refresh reads. */
    async refresh() {
      Object.assign(read, { ids: 0, texts: 0, commands: 0 });
      await index.refresh();
      return { ...read };
    },
    finds: (word: string) => index.find([word], undefined).some(({ ids }) => ids.length > 0),
  };
  return opened;
}

describe.each(Object.entries(CONNECTIONS))('on %s', (_name, connect) => {
  let opened: ReturnType<typeof openIndex>;
  beforeEach(async () => {
    opened = openIndex(await connect());
    await opened.handle.addMany([...entries(MANY, 'first'), ...entries(MANY, 'later', HOUR)]);
  });
  afterEach(() => opened.jobs.close());

  it('reads a fair and delayed queue once, and then only what has come to it', async () => {
    const { handle, refresh, finds, index } = opened;
    expect(await refresh()).toMatchObject({ ids: 2 * MANY, texts: 2 * MANY });
    expect(index).toMatchObject({ isComplete: true, size: 2 * MANY });
    // The numbers of the queue, and its events.
    expect(await refresh()).toEqual({ ids: 0, texts: 0, commands: 2 });
    await handle.addMany([...entries(10, 'new'), ...entries(10, 'due', HOUR)]);
    await handle.add({ tenant: 't1', word: 'single' });
    const { commands, ...changed } = await refresh();
    expect(changed).toEqual({ ids: 0, texts: 21 });
    expect(commands).toBeLessThan(10);
    for (const word of ['first7', 'later7', 'new7', 'due7', 'single']) expect(finds(word), word).toBe(true);
    expect(await refresh()).toEqual({ ids: 0, texts: 0, commands: 2 });
  });

  it('finds a job that has come under the id of a removed one', async () => {
    const { handle, refresh, finds } = opened;
    await refresh();
    await handle.remove('first-3');
    await handle.add({ tenant: 't1', word: 'again' }, { id: 'first-3' });
    expect(await refresh()).toMatchObject({ ids: 0, texts: 1 });
    expect(finds('again')).toBe(true);
  });

  it('walks through the lists again after events were missed, but not all the time', async () => {
    const { handle, refresh, finds, index, trimmed } = opened;
    await refresh();
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    opened.onIds = () => {
      now += 100;
    };
    const miss = async (name: string) => {
      await handle.addMany(entries(10, name));
      trimmed.isNext = true;
      return refresh();
    };
    try {
      now += 60_000;
      expect(await miss('second')).toMatchObject({ ids: 2 * MANY + 10, texts: 10 });
      expect(index.isComplete).toBe(true);
      expect(await miss('third')).toMatchObject({ ids: 0, texts: 0 });
      expect(index.isComplete).toBe(false);
      // Three lists took 300 ms.
      now += 20 * 300;
      expect(await refresh()).toMatchObject({ ids: 2 * MANY + 20, texts: 10 });
      expect(index.isComplete).toBe(true);
      for (const word of ['second7', 'third7']) expect(finds(word), word).toBe(true);
      expect(await refresh()).toMatchObject({ ids: 0 });
      now += 10 * 60_000;
      expect(await refresh()).toMatchObject({ ids: 2 * MANY + 20, texts: 0 });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('holds no more jobs than there is room for, and of these the newest', async () => {
    const { handle, refresh, finds, index } = opened;
    index.limit(MANY);
    expect((await refresh()).texts).toBe(MANY);
    expect(index).toMatchObject({ isComplete: false, size: MANY });
    await handle.addMany(entries(50, 'new'));
    expect(await refresh()).toMatchObject({ ids: 0, texts: 50 });
    expect(index.size).toBeLessThanOrEqual(MANY);
    for (const word of ['new0', 'new49']) expect(finds(word), word).toBe(true);
    index.limit(300);
    expect(index.size).toBeLessThanOrEqual(300);
    expect(finds('new7')).toBe(true);
  });

  it('begins anew when most of its jobs are gone', async () => {
    const { handle, refresh, index } = opened;
    await handle.addMany(entries(MANY, 'more'));
    await refresh();
    await handle.empty();
    await handle.addMany(entries(20, 'left'));
    await refresh();
    expect(index).toMatchObject({ isComplete: true, size: 20 });
  });
});
