/** The routes of insights on the store, as the monitoring API has them. */
import { createMonitoringHandler, type Principal } from '@bizinsights/jobs-core/monitoring';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { insightRoutes, insightsQueue, type NewInsight } from '@bizinsights/jobs-insights';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

const finding = (topic: string, changes: Partial<NewInsight> = {}): NewInsight => ({
  fingerprint: topic,
  kind: 'change',
  metric: 'revenue',
  impact: 'high',
  title: `Title of ${topic}`,
  text: 'Text',
  evidence: {
    method: 'period-before',
    unit: 'count',
    window: { from: '2026-10-25', to: '2026-11-23' },
    value: 1,
    expected: 2,
    series: [],
  },
  topic,
  status: 'new',
  importance: 0.5,
  ...changes,
});

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
    for (const id of ['acme', 'rival']) {
      await opened.store.organizations.upsert({ id, name: id, timeZone: 'UTC', currency: 'EUR' });
    }
  }, OPENING);
  afterAll(() => opened.close());

  let principal: Principal | null;
  let ask: (
    path: string,
    method?: string,
    body?: unknown,
  ) => Promise<{ status: number; body: ReturnType<typeof JSON.parse> }>;
  let id: string;
  beforeEach(async () => {
    const { store, pool } = opened;
    await pool.query('DELETE FROM bizinsights.insights; DELETE FROM bizinsights.insight_mutes');
    const run = { period: '30d', jobId: 'job', begunAt: NOW } as const;
    const mine = await store.insights.save({ ...run, organizationId: 'acme' }, [
      finding('a'),
      finding('b', { kind: 'drop', metric: 'orders', impact: 'low' }),
    ]);
    await store.insights.save({ ...run, organizationId: 'rival' }, [finding('secret')]);
    id = mine.get('a') ?? '';
    principal = { actor: 'ann', role: 'viewer', tenants: ['acme'] };
    const jobs = createTestJobs({ queues: [insightsQueue], now: NOW });
    const plugins = [insightRoutes({ insights: store.insights })];
    const handler = createMonitoringHandler(jobs, { authorize: () => principal, plugins });
    ask = async (path, method = 'GET', body = undefined) => {
      const headers = { host: 'localhost', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const at = path.startsWith('/audit') || path.startsWith('/openapi') ? path : `/plugins/insights${path}`;
      const response = await handler(new Request(`http://localhost/api/jobs${at}`, init));
      return { status: response.status, body: JSON.parse(await response.text()) };
    };
  });

  test('who is bound to one tenant reads its insights, with filters and page by page', async () => {
    const { body } = await ask('?limit=1');
    expect(body.data).toEqual({
      insights: [expect.objectContaining({ id, title: 'Title of a', status: 'new', topic: 'a', importance: 0.5 })],
      cursor: expect.any(String),
    });
    const next = await ask(`?limit=1&cursor=${encodeURIComponent(body.data.cursor)}`);
    expect(next.body.data).toEqual({ insights: [expect.objectContaining({ title: 'Title of b' })] });
    expect((await ask('?kind=drop')).body.data.insights).toHaveLength(1);
    expect((await ask('?metric=orders&impact=low')).body.data.insights).toHaveLength(1);
    expect((await ask(`?since=${NOW + 1}`)).body.data.insights).toEqual([]);
    expect((await ask(`/${id}`)).body.data).toMatchObject({ id, evidence: { value: 1, expected: 2 } });
    expect((await ask('/none')).status).toBe(404);
  });

  test('who sees all tenants, or several, says whose insights are meant', async () => {
    principal = { actor: 'root', role: 'admin' };
    expect((await ask('')).body.error).toMatchObject({
      code: 'REQUEST_INVALID',
      issues: [{ path: ['query', 'organizationId'] }],
    });
    expect((await ask('?organizationId=rival')).body.data.insights).toMatchObject([{ title: 'Title of secret' }]);
    expect((await ask('?organizationId=none')).body.data.insights).toEqual([]);
    principal = { actor: 'both', role: 'viewer', tenants: ['acme', 'rival'] };
    expect((await ask('')).status).toBe(400);
    expect((await ask('?organizationId=rival')).status).toBe(200);
    principal = { actor: 'nothing', role: 'viewer', tenants: [] };
    expect((await ask('')).status).toBe(400);
  });

  test('a foreign tenant can neither be read nor changed', async () => {
    principal = { actor: 'eve', role: 'admin', tenants: ['rival'] };
    for (const [path, method, sent] of [
      ['?organizationId=acme', 'GET'],
      [`/${id}?organizationId=acme`, 'GET'],
      [`/${id}?action=vote&organizationId=acme`, 'POST', { vote: 'down' }],
      ['/mutes?organizationId=acme', 'GET'],
      ['/mutes?organizationId=acme', 'PUT', { metric: 'orders' }],
      ['/mutes?organizationId=acme&metric=orders', 'DELETE'],
    ] as const) {
      expect(await ask(path, method, sent), `${method} ${path}`).toMatchObject({
        status: 403,
        body: { error: { code: 'FORBIDDEN' } },
      });
    }
    // By its id alone it is one that there is not.
    expect((await ask(`/${id}`)).status).toBe(404);
    expect((await ask(`/${id}?action=vote`, 'POST', { vote: 'down' })).status).toBe(404);
    const { insights } = opened.store;
    expect(await insights.votes('acme')).toEqual([]);
    expect(await insights.mutes('acme')).toEqual([]);
  });

  test('a viewer gives a thumb and takes it back; it is audited', async () => {
    expect((await ask(`/${id}?action=vote`, 'POST', { vote: 'down' })).body.data).toEqual({ id, vote: 'down' });
    expect((await ask(`/${id}`)).body.data.vote).toBe('down');
    expect((await ask('')).body.data.insights.map(({ vote }: { vote?: string }) => vote)).toEqual(['down', undefined]);
    principal = { actor: 'bob', role: 'viewer', tenants: ['acme'] };
    expect((await ask(`/${id}`)).body.data).not.toHaveProperty('vote');
    principal = { actor: 'ann', role: 'viewer', tenants: ['acme'] };
    expect((await ask(`/${id}?action=vote`, 'POST', { vote: null })).body.data).toEqual({ id, vote: null });
    expect(await opened.store.insights.votes('acme')).toEqual([]);
    principal = { actor: 'root', role: 'admin' };
    expect((await ask('/audit')).body.data.entries).toMatchObject([
      { actor: 'ann', action: 'insight:vote', target: id, outcome: 'done' },
      { actor: 'ann', action: 'insight:vote', target: id, outcome: 'done', detail: { vote: 'down' } },
    ]);
  });

  test('an operator mutes, and a viewer only sees it', async () => {
    expect((await ask('/mutes', 'PUT', { metric: 'refunds' })).status).toBe(403);
    expect((await ask('/mutes?metric=refunds', 'DELETE')).status).toBe(403);
    principal = { actor: 'olga', role: 'operator', tenants: ['acme'] };
    expect((await ask('/mutes', 'PUT', { metric: 'refunds', kind: 'season' })).body.data).toEqual({
      organizationId: 'acme',
      metric: 'refunds',
      kind: 'season',
    });
    expect((await ask('/mutes')).body.data).toEqual({
      mutes: [{ metric: 'refunds', kind: 'season', mutedBy: 'olga', createdAt: expect.any(Number) }],
    });
    expect((await ask('/mutes?metric=refunds', 'DELETE')).status).toBe(200);
    expect((await ask('/mutes')).body.data.mutes).toHaveLength(1);
    expect((await ask('/mutes?metric=refunds&kind=season', 'DELETE')).status).toBe(200);
    expect((await ask('/mutes')).body.data.mutes).toEqual([]);
    principal = { actor: 'root', role: 'admin' };
    expect((await ask('/mutes?organizationId=none', 'PUT', { metric: 'orders' })).status).toBe(404);
    const { entries } = (await ask('/audit?outcome=done')).body.data;
    expect(entries.map(({ action, target }: { action: string; target: string }) => `${action} ${target}`)).toEqual([
      'insight:unmute refunds season',
      'insight:unmute refunds',
      'insight:mute refunds season',
    ]);
  });

  test('what is odd is refused with its place, and does no harm', async () => {
    principal = { actor: 'root', role: 'admin', tenants: ['acme'] };
    const odd = [
      ['?limit=0'],
      ['?limit=1e9'],
      ['?kind=gossip'],
      ["?metric='%20OR%201=1"],
      ['?impact=enormous'],
      ['?since=yesterday'],
      ['?since=-1'],
      ['?cursor=none'],
      ['?organizationId='],
      [`/${id}?action=remove`, 'POST', { vote: 'up' }],
      [`/${id}?action=vote`, 'POST', { vote: 'sideways' }],
      [`/${id}?action=vote`, 'POST', { vote: 'up', by: 'bob' }],
      [`/${id}?action=vote`, 'POST'],
      ['/mutes', 'PUT', {}],
      ['/mutes', 'PUT', { metric: 'profit' }],
      ['/mutes', 'PUT', { kind: '__proto__' }],
      ['/mutes', 'DELETE'],
    ] as const;
    for (const [path, method, sent] of odd) {
      expect((await ask(path, method, sent)).status, `${method} ${path} ${JSON.stringify(sent)}`).toBe(400);
    }
    for (const path of ['/%00', '/..%2f..', `/${'x'.repeat(5_000)}`, '/%F0%9F%98%80']) {
      expect([400, 404], path).toContain((await ask(path)).status);
    }
    principal = null;
    expect((await ask('')).status).toBe(401);
    expect(await opened.store.insights.mutes('acme')).toEqual([]);
  });

  test('a cursor is of one organization, a thumb given twice is one, and other methods are refused', async () => {
    principal = { actor: 'both', role: 'viewer', tenants: ['acme', 'rival'] };
    const { cursor } = (await ask('?organizationId=acme&limit=1')).body.data;
    expect((await ask(`?organizationId=rival&cursor=${encodeURIComponent(cursor)}`)).status).toBe(400);
    expect((await ask('?organizationId=acme&kind=__proto__')).status).toBe(400);
    for (const vote of ['up', 'up', 'down', 'down']) {
      expect((await ask(`/${id}?organizationId=acme&action=vote`, 'POST', { vote })).status).toBe(200);
    }
    expect(await opened.store.insights.votes('acme')).toEqual([{ kind: 'change', up: 0, down: 1 }]);
    expect((await ask('?organizationId=acme', 'POST', {})).status).toBe(405);
    expect((await ask(`/${id}?organizationId=acme`, 'DELETE')).status).toBe(405);
    expect((await ask('/mutes?organizationId=acme', 'POST', {})).status).not.toBe(200);
  });

  test('is described', async () => {
    principal = { actor: 'root', role: 'admin' };
    const { body } = await ask('/openapi.json');
    const paths = Object.keys(body.paths).filter((path) => path.startsWith('/plugins/insights'));
    expect(paths.sort()).toEqual(['/plugins/insights', '/plugins/insights/mutes', '/plugins/insights/{id}']);
    expect(Object.keys(body.paths['/plugins/insights/mutes']).sort()).toEqual(['delete', 'get', 'put']);
  });
});
