import { createDatabase } from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type Api, mails, openApi, plain } from './fixtures/api.js';

const CONNECTIONS = {
  Redis: async () => inject('redisUrl'),
  PostgreSQL: async () => (await createDatabase(inject('postgresUrl'))).url,
};

let api: Api;
afterEach(() => api.jobs.close());

const idsOf = (data: Record<string, unknown>) => (data.jobs as { id: string }[]).map(({ id }) => id);

describe.each(Object.entries(CONNECTIONS))('on %s', (_engine, connect) => {
  beforeEach(async () => {
    api = openApi(await connect());
  });

  describe('GET /:queue/jobs lists', () => {
    it('a state page by page, newest or oldest first, also when jobs come in between', async () => {
      const all = Array.from({ length: 25 }, (_, index) => `job-${index}`);
      await api.jobs.queue(plain).addMany(all.map((id) => ({ data: {}, options: { id } })));
      const first = (await api.ask('GET', '/plain/jobs?state=waiting&limit=10')).body.data;
      expect(idsOf(first)).toEqual(all.slice(15).reverse());
      await api.jobs.queue(plain).addMany(['new-1', 'new-2'].map((id) => ({ data: {}, options: { id } })));
      const second = (await api.ask('GET', `/plain/jobs?state=waiting&limit=10&cursor=${first.cursor}`)).body.data;
      expect(idsOf(second)).toEqual(all.slice(5, 15).reverse());
      const third = (await api.ask('GET', `/plain/jobs?state=waiting&limit=10&cursor=${second.cursor}`)).body.data;
      expect(idsOf(third)).toEqual(all.slice(0, 5).reverse());
      expect(third).not.toHaveProperty('cursor');
      const oldest = (await api.ask('GET', '/plain/jobs?state=waiting&order=oldest&limit=3')).body.data;
      expect(idsOf(oldest)).toEqual(['job-0', 'job-1', 'job-2']);
    });

    it('jobs with and without a priority as waiting, over the border of a page', async () => {
      await api.jobs.queue(plain).addMany([
        { data: {}, options: { id: 'a' } },
        { data: {}, options: { id: 'b', priority: 1 } },
        { data: {}, options: { id: 'c', priority: 2 } },
      ]);
      const first = (await api.ask('GET', '/plain/jobs?state=waiting&limit=2&order=oldest')).body.data;
      const second = (await api.ask('GET', `/plain/jobs?state=waiting&limit=2&order=oldest&cursor=${first.cursor}`))
        .body.data;
      expect([...idsOf(first), ...idsOf(second)].sort()).toEqual(['a', 'b', 'c']);
    });

    it('refuses a cursor that no answer has given, and limits that are none', async () => {
      for (const query of [
        'state=failed&cursor=nonsense',
        'limit=0',
        'limit=5000',
        'state=gone',
        'text=a&order=oldest',
      ]) {
        expect((await api.ask('GET', `/plain/jobs?${query}`)).status, query).toBe(400);
      }
      await api.jobs.queue(plain).addMany([{ data: {} }, { data: {} }]);
      const { cursor } = (await api.ask('GET', '/plain/jobs?state=waiting&limit=1')).body.data;
      expect(cursor).toEqual(expect.any(String));
      for (const path of [
        '/plain/jobs?state=waiting&order=oldest&',
        '/plain/jobs?state=delayed&',
        '/plain/jobs?',
        '/mails/jobs?state=waiting&',
        '/schedules?',
        '/audit?',
      ]) {
        expect((await api.ask('GET', `${path}cursor=${cursor}`)).status, path).toBe(400);
      }
    });
  });

  describe('GET /:queue/jobs searches', () => {
    const search = async (query: string) => (await api.ask('GET', `/mails/jobs?${query}`)).body.data;
    /** The ids of each page: a search of many jobs may end a page early, to answer in time. */
    const pagesOf = async (query: string) => {
      const pages: string[][] = [];
      for (let cursor = ''; ; ) {
        const data = await search(`${query}${cursor}`);
        pages.push(idsOf(data));
        if (data.cursor === undefined) return pages;
        cursor = `&cursor=${data.cursor}`;
      }
    };

    it('by tenant, by whole words of the data or the error, and by time, among many', async () => {
      const count = 3_000;
      const entries = Array.from({ length: count }, (_, index) => ({
        data: { shop: `shop-${index % 100}.example.com`, to: `${index}@example.com`, note: `order ${index} Ärger` },
        options: { id: `mail-${index}` },
      }));
      await api.jobs.queue(mails).addMany(entries);
      await expect.poll(async () => (await search('text=order%201234')).isComplete).toBe(true);
      expect((await pagesOf('text=order%201234')).flat()).toEqual(['mail-1234']);
      expect((await pagesOf('text=%C3%A4rger%201')).flat()).toEqual([]);
      const shop = await pagesOf('tenant=shop-7.example.com&limit=20');
      expect(Math.max(...shop.map((page) => page.length))).toBeLessThanOrEqual(20);
      expect(shop.flat()).toHaveLength(30);
      expect(new Set(shop.flat()).size).toBe(30);
      expect((await pagesOf('text=shop-42.example.com&limit=1000')).flat()).toHaveLength(30);
      expect((await pagesOf('to=1')).flat()).toEqual([]);
    });

    it('leads on through jobs that were added in one moment, on a machine that has no time', async () => {
      const entries = Array.from({ length: 1_200 }, (_, index) => ({
        data: { shop: 'a', to: '', note: `number ${index}` },
        options: { id: `mail-${index}` },
      }));
      vi.useFakeTimers({ toFake: ['Date'] });
      await api.jobs.queue(mails).addMany(entries);
      vi.useRealTimers();
      await expect.poll(async () => (await search('text=number')).isComplete).toBe(true);
      let now = performance.now();
      vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
      try {
        const pages = await pagesOf('text=number%20700');
        expect(pages.flat()).toEqual(['mail-700']);
        expect(new Set((await pagesOf('text=number&limit=100')).flat()).size).toBe(1_200);
      } finally {
        vi.restoreAllMocks();
      }
    });

    it('finds what came after the last search, and the error of a job that has failed since', async () => {
      await api.jobs.queue(mails).add({ shop: 'a', to: 'x' }, { id: 'early', delay: 3_600_000 });
      expect(idsOf(await search('tenant=a'))).toEqual(['early']);
      const [id] = await api.failed('b');
      await expect.poll(async () => idsOf(await search('text=mailbox'))).toEqual([id]);
      await api.jobs.queue(mails).remove('early');
      expect(idsOf(await search('tenant=a'))).toEqual([]);
    });

    it('does not find what is redacted, and shows none of it', async () => {
      await api.failed('a');
      await expect.poll(async () => idsOf(await search('text=mailbox'))).toHaveLength(1);
      const found = await search('text=mailbox');
      expect(idsOf(await search('text=a%40example.com'))).toEqual([]);
      expect(JSON.stringify(found)).not.toContain('a@example.com');
    });

    it('shows a principal of some tenants their jobs alone, whatever is asked', async () => {
      await api.jobs
        .queue(mails)
        .addMany(
          ['a', 'b', 'a'].map((shop, index) => ({ data: { shop, to: '' }, options: { id: `${shop}-${index}` } })),
        );
      api.as({ actor: 'shop b', role: 'operator', tenants: ['b'] });
      for (const query of ['state=waiting', 'tenant=a', 'text=shop', '', 'id=a-0']) {
        for (const id of idsOf(await search(query))) expect(id).toBe('b-1');
      }
      expect(idsOf(await search('state=waiting'))).toEqual(['b-1']);
      expect((await api.ask('GET', '/mails/jobs/a-0')).status).toBe(404);
      expect((await api.ask('POST', '/mails/jobs/a-0?action=cancel')).status).toBe(404);
    });

    it('by state and tenant in whole pages, however many of another state lie between', async () => {
      const hour = 3_600_000;
      const of = (shop: string, count: number, delay: number) =>
        api.jobs
          .queue(mails)
          .addMany(Array.from({ length: count }, () => ({ data: { shop, to: '' }, options: delay ? { delay } : {} })));
      const delayed = new Set((await of('a', 2, hour)).map(({ id }) => id));
      await of('a', 250, 0);
      for (const { id } of await of('a', 3, hour)) delayed.add(id);
      await of('b', 5, hour);
      await expect.poll(() => search('tenant=a&limit=1')).toMatchObject({ isComplete: true });
      const first = await search('tenant=a&state=delayed&limit=2');
      const second = await search(`tenant=a&state=delayed&limit=2&cursor=${first.cursor}`);
      const third = await search(`tenant=a&state=delayed&limit=2&cursor=${second.cursor}`);
      expect([first, second, third].map((page) => idsOf(page).length)).toEqual([2, 2, 1]);
      expect(third).toMatchObject({ isComplete: true });
      expect(third).not.toHaveProperty('cursor');
      expect(new Set([first, second, third].flatMap(idsOf))).toEqual(delayed);
    });

    it('for a principal of some tenants as if there were no others', async () => {
      const [own] = await api.failed('b', ...Array.from({ length: 60 }, () => 'a'));
      api.as({ actor: 'shop b', role: 'viewer', tenants: ['b'] });
      await expect.poll(async () => idsOf(await search('state=failed'))).toEqual([own]);
      expect(await search('state=failed')).not.toHaveProperty('searched');
      expect((await api.ask('GET', '/mails')).body.data.failedJobs).toMatchObject([{ id: own }]);
      const oldest = await api.ask('GET', '/mails/jobs?state=failed&order=oldest');
      expect(oldest).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
    });
  });

  describe('one job', () => {
    it('is shown with its data, attempts, log lines and timings, without what is redacted', async () => {
      const [id] = await api.failed('a');
      const { body } = await api.ask('GET', `/mails/jobs/${id}`);
      expect(body.data).toMatchObject({
        id,
        state: 'failed',
        tenant: 'a',
        ...{ starts: 1, deaths: 0, putOffs: 0 },
        data: { shop: 'a', to: '[redacted]' },
        attempts: [{ attempt: 1, error: 'Error: no mailbox [redacted]' }],
        logs: { lines: [expect.stringContaining('to [redacted]')], total: 1 },
        timings: { waited: expect.any(Number), ran: expect.any(Number) },
        worker: expect.stringContaining(String(process.pid)),
      });
      expect(JSON.stringify(body)).not.toMatch(/a@example\.com|\.ts:/);
    });

    it('is retried, promoted, cancelled and removed, each only where that makes sense', async () => {
      const [id] = await api.failed('a');
      const act = (path: string) => api.ask('POST', path);
      expect((await act(`/mails/jobs/${id}?action=promote`)).status).toBe(409);
      expect((await act(`/mails/jobs/${id}?action=cancel`)).status).toBe(409);
      expect((await act(`/mails/jobs/${id}?action=retry`)).body.data).toEqual({ id, outcome: 'retried' });
      await api.jobs.queue(mails).add({ shop: 'a', to: '' }, { id: 'later', delay: 60_000 });
      expect((await act('/mails/jobs/later?action=promote')).body.data).toEqual({ id: 'later', outcome: 'promoted' });
      expect((await act('/mails/jobs/later?action=cancel')).body.data).toEqual({ id: 'later', outcome: 'removed' });
      expect((await act(`/mails/jobs/${id}?action=remove`)).body.data).toEqual({ id, outcome: 'removed' });
      expect((await act(`/mails/jobs/${id}?action=remove`)).status).toBe(404);
      api.as({ actor: 'bob', role: 'operator' });
      expect((await act('/mails/jobs/any?action=remove')).status).toBe(403);
    });
  });
});

it('an id that is one of the queue’s own keys in Redis is no job', async () => {
  api = openApi(inject('redisUrl'));
  const [id = ''] = await api.failed('a');
  for (const key of ['events', 'wait', 'completed', 'meta', 'id', `${id}:logs`]) {
    expect((await api.ask('GET', `/mails/jobs/${key}`)).status, key).toBe(404);
    expect((await api.ask('POST', `/mails/jobs/${key}?action=remove`)).status, key).toBe(404);
  }
});
