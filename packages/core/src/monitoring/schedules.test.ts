import type {} from '@bizinsights/test-servers';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Api, mails, openApi, plain } from './fixtures/api.js';

const HOUR = 3_600_000;
let api: Api;
beforeEach(() => {
  api = openApi(inject('redisUrl'));
});
afterEach(() => api.jobs.close());

const body = { queue: 'mails', data: { shop: 'a', to: 'ann@example.com' }, every: HOUR };

it('writes, lists, pauses, runs and removes a schedule, and writes it down', async () => {
  const put = await api.ask('PUT', '/schedules/digest%3Aa%2Fb', { body: { ...body, tags: ['digest'] } });
  expect(put).toMatchObject({ status: 200, body: { success: true } });
  expect(put.body.data).toMatchObject({
    key: 'digest:a/b',
    queue: 'mails',
    every: HOUR,
    description: 'Every hour',
    tenant: 'a',
    tags: ['digest'],
    paused: false,
    next: Math.floor(Date.now() / HOUR + 1) * HOUR,
  });
  expect(JSON.stringify(put.body)).not.toContain('ann@example.com');
  await api.ask('PUT', '/schedules/other', { body: { queue: 'plain', data: {}, cron: '0 3 * * *' } });
  const list = async (query: string) => (await api.ask('GET', `/schedules${query}`)).body.data;
  expect(await list('')).toMatchObject({ schedules: [{ key: 'digest:a/b' }, { key: 'other' }] });
  expect(await list('?queue=mails&tag=digest&tenant=a')).toMatchObject({ schedules: [{ key: 'digest:a/b' }] });
  const first = await list('?limit=1');
  expect(first).toMatchObject({ schedules: [{ key: 'digest:a/b' }], cursor: expect.any(String) });
  expect(await list(`?limit=1&cursor=${first.cursor}`)).toEqual({
    schedules: [expect.objectContaining({ key: 'other' })],
  });

  const act = (action: string) => api.ask('POST', `/schedules/digest%3Aa%2Fb?action=${action}`);
  expect((await act('pause')).body.data).toEqual({ key: 'digest:a/b', paused: true });
  expect(await list('?queue=mails')).toMatchObject({ schedules: [{ paused: true }] });
  expect(await api.jobs.queue(mails).counts()).toMatchObject({ delayed: 0, waiting: 0 });
  const { jobId } = (await act('run')).body.data;
  expect(await api.jobs.queue(mails).get(String(jobId))).toMatchObject({ data: { to: 'ann@example.com' } });
  expect((await act('resume')).body.data).toEqual({ key: 'digest:a/b', paused: false });
  expect((await api.ask('DELETE', '/schedules/digest%3Aa%2Fb')).body.data).toEqual({
    key: 'digest:a/b',
    removed: true,
  });
  expect(await act('run')).toMatchObject({ status: 404, body: { error: { code: 'SCHEDULE_NOT_FOUND' } } });

  const { entries } = (await api.ask('GET', '/audit')).body.data as { entries: { action: string; target?: string }[] };
  expect(entries.map(({ action }) => action).reverse()).toEqual([
    'schedule:put',
    'schedule:put',
    'schedule:pause',
    'schedule:run',
    'schedule:resume',
    'schedule:remove',
  ]);
  const failed = (await api.ask('GET', '/audit?outcome=failed')).body.data;
  expect(failed).toMatchObject({ entries: [{ action: 'schedule:run', target: 'digest:a/b', outcome: 'failed' }] });
  expect(entries[0]).toMatchObject({ target: 'digest:a/b' });
});

it('refuses what cannot be with its fields', async () => {
  const wrong = await api.ask('PUT', '/schedules/s', {
    body: { ...body, every: 5, timezone: 'Mars', startAt: '2026-02-30' },
  });
  expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'SCHEDULE_INVALID' } } });
  const { issues } = wrong.body.error as { issues: { path: string[] }[] };
  expect(issues.map(({ path }) => path.join('.')).sort()).toEqual(['every', 'startAt', 'timezone']);
  const unknown = await api.ask('PUT', '/schedules/s', { body: { ...body, often: true } });
  expect(unknown).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
  expect((await api.ask('GET', '/schedules')).body.data).toEqual({ schedules: [] });
  await api.jobs.scheduler.reconcile({
    name: 'the host',
    schedules: () => [{ key: 'theirs', queue: plain, data: {}, every: HOUR }],
  });
  const taken = await api.ask('PUT', '/schedules/theirs', { body: { queue: 'plain', data: {}, every: 2 * HOUR } });
  expect(taken).toMatchObject({ status: 400, body: { error: { issues: [{ path: ['key'] }] } } });
});

it('lets a viewer read, an operator act, an admin remove', async () => {
  await api.ask('PUT', '/schedules/s', { body });
  api.as({ actor: 'vic', role: 'viewer' });
  expect((await api.ask('GET', '/schedules')).status).toBe(200);
  for (const [method, path] of [
    ['PUT', '/schedules/s'],
    ['POST', '/schedules/s?action=pause'],
    ['DELETE', '/schedules/s'],
  ] as const) {
    expect((await api.ask(method, path, method === 'PUT' ? { body } : {})).status).toBe(403);
  }
  api.as({ actor: 'oda', role: 'operator' });
  expect((await api.ask('PUT', '/schedules/s', { body })).status).toBe(200);
  expect((await api.ask('POST', '/schedules/s?action=pause')).status).toBe(200);
  expect((await api.ask('DELETE', '/schedules/s')).status).toBe(403);
});

it('shows and changes only the schedules of the tenants that one may see', async () => {
  await api.ask('PUT', '/schedules/a', { body });
  await api.ask('PUT', '/schedules/b', { body: { ...body, data: { shop: 'b', to: 'bob@example.com' } } });
  await api.ask('PUT', '/schedules/none', { body: { queue: 'plain', data: {}, every: HOUR } });
  api.as({ actor: 'ann', role: 'admin', tenants: ['a'] });
  const { schedules } = (await api.ask('GET', '/schedules')).body.data as { schedules: { key: string }[] };
  expect(schedules.map(({ key }) => key)).toEqual(['a']);
  for (const key of ['b', 'none']) {
    expect((await api.ask('POST', `/schedules/${key}?action=pause`)).status).toBe(404);
    expect((await api.ask('DELETE', `/schedules/${key}`)).status).toBe(404);
    expect((await api.ask('PUT', `/schedules/${key}`, { body })).status).toBe(404);
  }
  const foreign = { ...body, data: { shop: 'b', to: 'x' } };
  expect((await api.ask('PUT', '/schedules/mine', { body: foreign })).status).toBe(403);
  expect((await api.ask('PUT', '/schedules/mine', { body })).status).toBe(200);
});

it('pages through the schedules of several tenants, and no cursor tells a key of another one', async () => {
  for (const shop of ['a', 'secret', 'b', 'c']) {
    for (const n of [1, 2])
      await api.ask('PUT', `/schedules/${shop}-${n}`, { body: { ...body, data: { shop, to: 'x' } } });
  }
  api.as({ actor: 'ann', role: 'viewer', tenants: ['c', 'a'] });
  const found: string[] = [];
  let cursor = '';
  do {
    const { data } = (await api.ask('GET', `/schedules?limit=1${cursor && `&cursor=${cursor}`}`)).body;
    found.push(...(data as { schedules: { key: string }[] }).schedules.map(({ key }) => key));
    cursor = String(data.cursor ?? '');
    expect(Buffer.from(cursor, 'base64url').toString()).not.toMatch(/secret|b-/);
  } while (cursor);
  expect(found).toEqual(['a-1', 'a-2', 'c-1', 'c-2']);
  expect((await api.ask('GET', '/schedules?tenant=secret')).body.data).toEqual({ schedules: [] });
  expect((await api.ask('GET', '/schedules?cursor=bm8')).status).toBe(400);
});

it('refuses the character NUL and half of a surrogate pair, which no name may have', async () => {
  for (const [method, path, asked] of [
    ['GET', '/plain/jobs/%00'],
    ['POST', '/plain/jobs/%00?action=retry'],
    ['GET', '/schedules?tag=%00'],
    ['PUT', '/schedules/%00', { body }],
    ['POST', '/monitoring/retry', { body: { queue: 'plain', jobIds: ['\u0000'] } }],
    ['POST', '/monitoring/retry', { body: { queue: 'plain', jobIds: ['order\ud83c'] } }],
    ['PUT', '/schedules/cut', { body: { ...body, tags: ['order\ud83c'] } }],
  ] as const) {
    const answer = await api.ask(method, path, asked);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
    expect(JSON.stringify(answer.body)).toContain('holds the character NUL');
  }
});
