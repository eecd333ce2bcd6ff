// Signs in over HTTP and uses the monitoring API with the session's cookie. On the built packages: `npm run build` first.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import type {} from '@bizinsights/test-servers';
import { MemoryStore } from 'express-session';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { createApp } from './app.js';

const queue = defineQueue({
  name: 'thumbnails',
  schema: z.object({ organizationId: z.string() }),
  tenant: (data) => data.organizationId,
});
const jobs = createJobs({
  connection: inject('redisUrl'),
  prefix: 'recipe-express-session',
  queues: [queue],
  logger: silentLogger,
});

let server: Server;
let url: string;
const ids: Record<string, string> = {};
beforeAll(async () => {
  for (const organizationId of ['glaze', 'kiln']) {
    ids[organizationId] = (await jobs.queue(queue).add({ organizationId }, { delay: 3_600_000 })).id;
  }
  server = createServer(createApp({ jobs, secret: 'a secret of this test', store: new MemoryStore() }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await jobs.queue(queue).empty();
  await jobs.close();
});

/** A browser that keeps the session's cookie. */
async function signIn(email: string, password = `of ${email.slice(0, 3)}`) {
  let cookie = '';
  const send = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, { ...init, headers: { cookie, ...init.headers } });
    [cookie = cookie] = (response.headers.get('set-cookie') ?? cookie).split(';');
    return response;
  };
  const { status } = await send('/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const statusOf = async (path: string, init?: RequestInit) => (await send(`/api/jobs${path}`, init)).status;
  return { send, status, statusOf, cookie: () => cookie };
}

test('answers 401 without a session, and probes all the same', async () => {
  const refused = await fetch(`${url}/api/jobs/monitoring`);
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ success: false, error: { code: 'UNAUTHORIZED' } });
  expect(refused.headers.has('set-cookie')).toBe(false);
  expect((await fetch(`${url}/api/jobs/health/ready`)).status).toBe(200);
  const stranger = await signIn('ann@glaze.example', 'guessed');
  expect(stranger.status).toBe(401);
  expect(await stranger.statusOf('/thumbnails/jobs')).toBe(401);
});

test('shows a member the jobs of the own organization, and lets the role decide what else', async () => {
  const bob = await signIn('bob@glaze.example');
  expect(await bob.statusOf(`/thumbnails/jobs/${ids.glaze}`)).toBe(200);
  expect(await bob.statusOf(`/thumbnails/jobs/${ids.kiln}`)).toBe(404);
  expect(await bob.statusOf('/monitoring')).toBe(403);
  expect(await bob.statusOf(`/thumbnails/jobs/${ids.glaze}?action=remove`, { method: 'POST' })).toBe(403);

  const ann = await signIn('ann@glaze.example');
  expect(await ann.statusOf(`/thumbnails/jobs/${ids.kiln}?action=remove`, { method: 'POST' })).toBe(404);
  expect(await ann.statusOf(`/thumbnails/jobs/${ids.glaze}?action=remove`, { method: 'POST' })).toBe(200);

  const staff = await signIn('dee@product.example');
  expect(await staff.statusOf('/monitoring')).toBe(200);
  const audit = await (await staff.send('/api/jobs/audit')).json();
  expect(audit).toMatchObject({ data: { entries: [{ actor: 'ann@glaze.example', target: ids.glaze }] } });
});

test('refuses a change that another site makes the browser send', async () => {
  const staff = await signIn('dee@product.example');
  const pause = (headers: Record<string, string>) =>
    staff.statusOf('/thumbnails?action=pause', { method: 'POST', headers });
  expect(await pause({ origin: 'https://other.example', 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await pause({ origin: url, 'sec-fetch-site': 'same-origin' })).toBe(200);
});

test('ends with the session', async () => {
  const ann = await signIn('ann@glaze.example');
  const before = ann.cookie();
  expect(await ann.statusOf('/thumbnails/jobs')).toBe(200);
  expect((await ann.send('/sign-out', { method: 'POST' })).status).toBe(204);
  expect(await ann.statusOf('/thumbnails/jobs')).toBe(401);
  // Also for who has copied the cookie.
  expect((await fetch(`${url}/api/jobs/thumbnails/jobs`, { headers: { cookie: before } })).status).toBe(401);
});
