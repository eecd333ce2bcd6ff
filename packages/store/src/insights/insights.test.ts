import { ArgumentError, NotFoundError } from '@bizinsights/jobs-core';
import type { InsightRun, NewInsight } from '@bizinsights/jobs-insights';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../database/database.js';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import type { InsightQuery } from './insight-list.js';
import { removeOldInsights } from './remove-old-insights.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-24T12:00:00Z');
const ONCE_AN_HOUR = { within: HOUR, force: false };

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

const finding = (fingerprint: string, changes: Partial<NewInsight> = {}): NewInsight => ({
  fingerprint,
  kind: 'change',
  metric: 'revenue',
  impact: 'high',
  title: `Title of ${fingerprint}`,
  text: 'Text',
  evidence: {
    method: 'period-before',
    unit: 'minor-units',
    currency: 'EUR',
    window: { from: '2026-10-25', to: '2026-11-23' },
    value: 1_000,
    expected: 2_000,
    change: -0.5,
    direction: 'down',
    series: [{ day: '2026-11-23', value: null }],
  },
  topic: 'change:revenue:30d',
  status: 'new',
  importance: 1,
  ...changes,
});

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  /** A run of an organization of its own. */
  async function organization(): Promise<InsightRun> {
    const id = `organization-${++count}`;
    await opened.store.organizations.upsert({ id, name: id, timeZone: 'UTC', currency: 'EUR' });
    return { organizationId: id, period: '30d', jobId: 'job-1', begunAt: NOW };
  }

  test('of ten runs that claim at once one gets it', async () => {
    const { insights } = opened.store;
    const run = await organization();
    const runs = Array.from({ length: 10 }, (_, index) => ({ ...run, jobId: `job-${index}`, begunAt: NOW + index }));
    const claims = await Promise.all(runs.map((one) => insights.claim(one, ONCE_AN_HOUR)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    // Whose attempt failed gets it again; the others do not.
    expect(await Promise.all(runs.map((one) => insights.claim(one, ONCE_AN_HOUR)))).toEqual(claims);
  });

  test('a claim is of one organization and period, for an hour, unless it is forced or released', async () => {
    const { insights } = opened.store;
    const run = await organization();
    const claim = (changes: Partial<InsightRun>, force = false) =>
      insights.claim({ ...run, ...changes }, { within: HOUR, force });
    expect(await claim({})).toBe(true);
    expect(await claim({ jobId: 'job-2', begunAt: NOW + HOUR - 1 })).toBe(false);
    expect(await claim({ jobId: 'job-2', period: '7d' })).toBe(true);
    expect(await claim({ ...(await organization()), jobId: 'job-2' })).toBe(true);
    expect(await claim({ jobId: 'job-2', begunAt: NOW + HOUR })).toBe(true);
    expect(await claim({ jobId: 'job-3', begunAt: NOW + HOUR + 1 })).toBe(false);
    expect(await claim({ jobId: 'job-3', begunAt: NOW + HOUR + 1 }, true)).toBe(true);
    // An id that is used again is another run.
    expect(await claim({ jobId: 'job-3', begunAt: NOW + HOUR + 2 })).toBe(false);
    await insights.release({ ...run, jobId: 'job-2' });
    expect(await claim({ jobId: 'job-4', begunAt: NOW + HOUR + 3 })).toBe(false);
    await insights.release({ ...run, jobId: 'job-3' });
    expect(await claim({ jobId: 'job-4', begunAt: NOW + HOUR + 3 })).toBe(true);
  });

  test('a finding is kept once, also by runs that save at once, and a run knows its own again', async () => {
    const { insights } = opened.store;
    const run = await organization();
    const runs = Array.from({ length: 5 }, (_, index) => ({ ...run, jobId: `job-${index}` }));
    const found = [finding('a'), finding('b')];
    const saved = await Promise.all(runs.map((one) => insights.save(one, found)));
    expect(saved.map(({ size }) => size).reduce((sum, size) => sum + size)).toBe(2);
    // A later attempt of each run.
    expect(await Promise.all(runs.map((one) => insights.save(one, found)))).toEqual(saved);
    const later = await insights.save({ ...run, jobId: 'later', begunAt: NOW + 1 }, [...found, finding('c')]);
    expect([...later.keys()]).toEqual(['c']);
    expect((await insights.list(run.organizationId)).insights).toHaveLength(3);
    expect(await insights.save(run, [])).toEqual(new Map());
  });

  test('nothing is kept of a batch that cannot be', async () => {
    const { insights } = opened.store;
    const run = await organization();
    const odd = finding('odd', JSON.parse('{"impact":"enormous"}'));
    await expect(insights.save(run, [finding('fine'), odd])).rejects.toThrow(/impact/);
    expect(await insights.list(run.organizationId)).toEqual({ insights: [] });
  });

  test('lists the newest first, the most important of a run first, page by page', async () => {
    const { insights } = opened.store;
    const run = await organization();
    await insights.save(run, [finding('1'), finding('2'), finding('3')]);
    await insights.save({ ...run, jobId: 'job-2', begunAt: NOW + 1, period: '7d' }, [finding('4'), finding('5')]);
    const titles: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await insights.list(run.organizationId, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.insights.length).toBeLessThanOrEqual(2);
      titles.push(...page.insights.map(({ title }) => title.replace('Title of ', '')));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(titles).toEqual(['4', '5', '1', '2', '3']);
    const { fingerprint: _, ...expected } = finding('4');
    const [first] = (await insights.list(run.organizationId)).insights;
    expect(first).toEqual({ ...expected, id: expect.any(String), period: '7d', createdAt: NOW + 1 });
  });

  test('one organization sees nothing of another, nor takes its cursors', async () => {
    const { insights } = opened.store;
    const [mine, theirs] = [await organization(), await organization()];
    await insights.save(mine, [finding('1'), finding('2')]);
    await insights.save(theirs, [finding('1')]);
    expect((await insights.list(theirs.organizationId)).insights).toHaveLength(1);
    const { cursor } = await insights.list(mine.organizationId, { limit: 1 });
    await expect(insights.list(theirs.organizationId, { cursor: cursor ?? '' })).rejects.toThrow(ArgumentError);
    for (const limit of [0, 1_001, 1.5]) {
      await expect(insights.list(mine.organizationId, { limit })).rejects.toThrow(/limit/);
    }
  });

  test('old insights go, and an organization takes its own with it', async () => {
    const { store, pool } = opened;
    const run = await organization();
    await store.insights.save({ ...run, begunAt: NOW - 2 }, [finding('old')]);
    await store.insights.save(run, [finding('new')]);
    await store.insights.claim(run, ONCE_AN_HOUR);
    expect(await removeOldInsights(openDatabase(pool), NOW - 1)).toBe(1);
    expect((await store.insights.list(run.organizationId)).insights).toMatchObject([{ title: 'Title of new' }]);
    await store.organizations.remove(run.organizationId);
    expect(await store.insights.list(run.organizationId)).toEqual({ insights: [] });
  });

  test('a run gets the last of each topic of all periods that others have told, and none of its own', async () => {
    const { insights } = opened.store;
    const [run, other] = [await organization(), await organization()];
    const told = (of: InsightRun) => insights.told(of);
    const event = { topic: 'drop:orders:2026-11-17', kind: 'drop', metric: 'orders' } as const;
    await insights.save(run, [finding('1'), finding('2', event)]);
    await insights.save({ ...run, jobId: 'job-2', begunAt: NOW + 1, period: '7d' }, [
      finding('3', { status: 'over' }),
      finding('4', { topic: '' }),
    ]);
    const later = { ...run, jobId: 'job-3', begunAt: NOW + 2 };
    expect(await told(later)).toMatchObject([
      { topic: 'change:revenue:30d', status: 'over', period: '7d', createdAt: NOW + 1, impact: 'high' },
      { ...event, status: 'new', period: '30d', createdAt: NOW },
    ]);
    const [one] = await told(later);
    expect(one?.evidence).toMatchObject({ value: 1_000, window: { from: '2026-10-25' } });
    expect(one?.evidence).not.toHaveProperty('series');
    // The next forecast is compared with the days of this one.
    const { evidence } = finding('5');
    const ahead = [{ day: '2026-11-24', value: null, expected: 1 }];
    const forecast = { kind: 'forecast', topic: 'forecast:revenue', evidence: { ...evidence, ahead } } as const;
    await insights.save({ ...run, jobId: 'job-4', begunAt: NOW + 3 }, [finding('5', forecast)]);
    const last = (await told({ ...later, jobId: 'job-5', begunAt: NOW + 4 })).find(({ kind }) => kind === 'forecast');
    expect(last?.evidence).toMatchObject({ ahead });
    // A later attempt of the second run knows what was told before it, and nothing of what comes after.
    expect((await told({ ...run, jobId: 'job-2', begunAt: NOW + 1 })).map(({ status }) => status)).toEqual([
      'new',
      'new',
    ]);
    expect(await told(run)).toEqual([]);
    expect(await told({ ...other, begunAt: NOW + 2 })).toEqual([]);
  });

  test('knows when the last run of a period began', async () => {
    const { insights } = opened.store;
    const run = await organization();
    expect(await insights.lastRun(run.organizationId, '30d')).toBeUndefined();
    await insights.claim(run, ONCE_AN_HOUR);
    expect(await insights.lastRun(run.organizationId, '30d')).toBe(NOW);
    expect(await insights.lastRun(run.organizationId, '7d')).toBeUndefined();
    await insights.release(run);
    expect(await insights.lastRun(run.organizationId, '30d')).toBeUndefined();
  });

  test('a metric, a kind or a kind of a metric is muted by a person, once, until it is taken back', async () => {
    const { insights } = opened.store;
    const [{ organizationId }, other] = [await organization(), await organization()];
    const mutes = [{ metric: 'refunds' }, { kind: 'season' }, { metric: 'orders', kind: 'drop' }] as const;
    for (const mute of [...mutes, ...mutes]) await insights.mute(organizationId, { ...mute, by: 'ann' });
    const kept = await insights.mutes(organizationId);
    expect(kept).toHaveLength(3);
    expect(kept).toEqual(
      expect.arrayContaining(mutes.map((mute) => ({ ...mute, mutedBy: 'ann', createdAt: expect.any(Number) }))),
    );
    expect(await insights.mutes(other.organizationId)).toEqual([]);
    await insights.unmute(other.organizationId, { metric: 'refunds' });
    await insights.unmute(organizationId, { metric: 'orders' });
    expect(await insights.mutes(organizationId)).toHaveLength(3);
    await insights.unmute(organizationId, { metric: 'orders', kind: 'drop' });
    expect(await insights.mutes(organizationId)).toHaveLength(2);
    await expect(insights.mute(organizationId, { by: 'ann' })).rejects.toThrow(ArgumentError);
    await expect(insights.mute(organizationId, { metric: 'a\0', by: 'ann' })).rejects.toThrow(/metric/);
    await expect(insights.mute(organizationId, { metric: 'orders', by: '' })).rejects.toThrow(/by/);
    await expect(insights.mute('nobody', { metric: 'orders', by: 'ann' })).rejects.toThrow(NotFoundError);
  });

  test('a thumb is one of a person and insight, counts for its kind, and is shown to who gave it', async () => {
    const { insights } = opened.store;
    const [run, other] = [await organization(), await organization()];
    const { organizationId } = run;
    const ids = await insights.save(run, [
      finding('a'),
      finding('b', { kind: 'drop', topic: 'b' }),
      finding('c', { topic: 'c' }),
    ]);
    const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((fingerprint) => ids.get(fingerprint));
    await insights.vote(organizationId, a, { by: 'ann', vote: 'up' });
    await insights.vote(organizationId, a, { by: 'ann', vote: 'down' });
    await insights.vote(organizationId, c, { by: 'bob', vote: 'up' });
    await insights.vote(organizationId, b, { by: 'ann', vote: 'down' });
    expect(await insights.votes(organizationId)).toEqual([
      { kind: 'change', up: 1, down: 1 },
      { kind: 'drop', up: 0, down: 1 },
    ]);
    const votesFor = async (person?: string) =>
      (await insights.list(organizationId, person === undefined ? {} : { person })).insights.map(({ vote }) => vote);
    expect(await votesFor('ann')).toEqual(['down', 'down', undefined]);
    expect(await votesFor()).toEqual([undefined, undefined, undefined]);
    expect(await insights.get(organizationId, c, { person: 'bob' })).toMatchObject({ id: c, vote: 'up' });
    await insights.vote(organizationId, b, { by: 'ann', vote: undefined });
    expect(await insights.votes(organizationId)).toEqual([{ kind: 'change', up: 1, down: 1 }]);
    for (const [owner, id] of [
      [other.organizationId, a],
      [organizationId, 'none'],
      [organizationId, '\0'],
    ] as const) {
      expect(await insights.get(owner, id)).toBeUndefined();
      await expect(insights.vote(owner, id, { by: 'eve', vote: 'down' })).rejects.toThrow(NotFoundError);
    }
    expect(await insights.votes(other.organizationId)).toEqual([]);
    await expect(insights.vote(organizationId, a, { by: '', vote: 'up' })).rejects.toThrow(ArgumentError);
  });

  test('lists those of a kind, metric, impact or time', async () => {
    const { insights } = opened.store;
    const run = await organization();
    await insights.save(run, [finding('1'), finding('2', { kind: 'drop', impact: 'low' })]);
    await insights.save({ ...run, begunAt: NOW + 5 }, [finding('3', { metric: 'orders', impact: 'low' })]);
    const titles = async (query: InsightQuery) =>
      (await insights.list(run.organizationId, query)).insights.map(({ title }) => title.replace('Title of ', ''));
    expect(await titles({ kind: 'drop' })).toEqual(['2']);
    expect(await titles({ metric: 'orders' })).toEqual(['3']);
    expect(await titles({ metric: "'; --\0" })).toEqual([]);
    expect(await titles({ impact: 'low' })).toEqual(['3', '2']);
    expect(await titles({ impact: 'low', kind: 'drop', metric: 'revenue' })).toEqual(['2']);
    expect(await titles({ since: NOW + 5 })).toEqual(['3']);
    await expect(titles({ since: 1.5 })).rejects.toThrow(ArgumentError);
  });

  test('what still goes on outlives its retention, and an organization leaves nothing behind', async () => {
    const { store, pool } = opened;
    const run = await organization();
    const ids = await store.insights.save({ ...run, begunAt: NOW - 9 }, [
      finding('goes on', { topic: 'change:orders:30d' }),
      finding('happened', { topic: 'drop:orders:2026-11-17', kind: 'drop' }),
      finding('told again', { topic: 'change:sessions:30d' }),
      finding('is over', { topic: 'change:clicks:30d' }),
    ]);
    await store.insights.save({ ...run, jobId: 'job-2', begunAt: NOW - 8 }, [
      finding('told again 2', { topic: 'change:sessions:30d', status: 'changed' }),
      finding('is over 2', { topic: 'change:clicks:30d', status: 'over' }),
    ]);
    await store.insights.vote(run.organizationId, ids.get('goes on') ?? '', { by: 'ann', vote: 'up' });
    await store.insights.mute(run.organizationId, { metric: 'refunds', by: 'ann' });
    expect(await removeOldInsights(openDatabase(pool), NOW - 1)).toBe(4);
    const { insights } = await store.insights.list(run.organizationId);
    expect(insights.map(({ title }) => title)).toEqual(['Title of told again 2', 'Title of goes on']);
    await store.organizations.remove(run.organizationId);
    for (const table of ['insights', 'insight_mutes', 'insight_votes', 'insight_runs']) {
      const { rows } = await pool.query(`SELECT 1 FROM bizinsights.${table} WHERE organization_id = $1`, [
        run.organizationId,
      ]);
      expect(rows, table).toEqual([]);
    }
  });

  test('names the organizations one after the other', async () => {
    const run = await organization();
    const ids: string[] = [];
    for await (const id of opened.store.organizations.ids()) ids.push(id);
    expect(ids).toContain(run.organizationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
