// The routes of operators are made as those of the monitoring API: audited there, and described.
import { ConflictError, NotFoundError } from '@bizinsights/jobs-core';
import { createMonitoringHandler, type Principal } from '@bizinsights/jobs-core/monitoring';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { beforeEach, describe, expect, it } from 'vitest';
import { answerOf, bell, bellRequest, openDoor } from '../fixtures/door.js';
import { webhookQueue } from '../queue.js';
import { OPERATOR_PATHS } from '../webhook-platform.js';
import { Deliveries } from './deliveries.js';
import { deliveryRoutes } from './routes.js';

const openJobs = () => createTestJobs({ queues: [webhookQueue, dataSyncQueue] });

let jobs: ReturnType<typeof openJobs>;
let principal: Principal | null;
let door: ReturnType<typeof openDoor>;
/** Deliveries are written down behind the answer. */
let written: Promise<void>;
beforeEach(() => {
  jobs = openJobs();
  principal = { actor: 'ann', role: 'operator' };
  const waitUntil = (work: Promise<void>) => {
    written = work;
  };
  door = openDoor(jobs, { authorize: () => principal, waitUntil });
});

type Handler = (request: Request) => Promise<Response>;
const ask = (handler: Handler, path: string, method = 'GET', headers: Record<string, string> = {}) =>
  answerOf(handler(new Request(`http://localhost/api${path}`, { method, headers: { host: 'localhost', ...headers } })));

async function deliver(secret?: string): Promise<string> {
  const response = await door(bellRequest({ id: '1', topic: 'made' }, secret === undefined ? {} : { secret }));
  await written;
  const id = response.headers.get('x-delivery-id');
  if (id !== null) return id;
  const { deliveries } = await new Deliveries(jobs).list({ limit: 1 });
  return deliveries[0]?.id ?? '';
}

it('a replay stands in the audit log of the monitoring API, done or refused', async () => {
  const monitoring = createMonitoringHandler(jobs, { authorize: () => principal });
  const id = await deliver();
  const { body } = await ask(door, `/webhooks/deliveries/${id}?action=replay`, 'POST');
  await ask(door, '/webhooks/deliveries/none?action=replay', 'POST');
  await ask(door, `/webhooks/deliveries/${id}?action=replay`, 'POST', { origin: 'https://evil.example' });
  principal = { actor: 'vic', role: 'viewer' };
  await ask(door, `/webhooks/deliveries/${id}?action=replay`, 'POST');
  expect((await ask(monitoring, '/jobs/audit')).body.data.entries).toMatchObject([
    {
      ...{ actor: 'ann', role: 'operator', action: 'webhook:replay', target: id, outcome: 'done' },
      detail: { deliveryId: body.data.deliveryId, jobId: body.data.jobId },
    },
  ]);
  expect((await ask(monitoring, '/jobs/audit?outcome=failed')).body.data.entries).toMatchObject([
    { actor: 'vic', action: 'webhook:replay', target: id },
    { actor: 'ann', action: 'POST /deliveries/{id}', target: id },
    { actor: 'ann', action: 'webhook:replay', target: 'none' },
  ]);
});

describe('the OpenAPI document', () => {
  const read = (handler: Handler) => handler(new Request('http://localhost/api/webhooks/openapi.json'));

  it('describes the routes of operators', async () => {
    const response = await read(door);
    expect(response.status).toBe(200);
    const { openapi, servers, paths } = JSON.parse(await response.text());
    expect([openapi, servers]).toEqual(['3.1.0', [{ url: '/api/webhooks' }]]);
    expect(Object.keys(paths).sort()).toEqual(['/deliveries', '/deliveries/{id}', '/openapi.json']);
    expect(Object.keys(paths['/deliveries/{id}']).sort()).toEqual(['get', 'post']);
    expect(paths['/deliveries'].get.parameters).toContainEqual(
      expect.objectContaining({ name: 'verdict', in: 'query', required: false }),
    );
    // The first segments of the routes can be no ids of platforms.
    expect(new Set(Object.keys(paths).map((path) => path.split('/')[1]))).toEqual(OPERATOR_PATHS);
  });

  it('is shown to who is known alone, and there is none without `authorize`', async () => {
    principal = null;
    expect((await read(door)).status).toBe(401);
    expect((await read(openDoor(jobs))).status).toBe(404);
  });

  it.each(['deliveries', 'openapi.json'])('keeps its address: a platform cannot have the id "%s"', (id) => {
    expect(() => openDoor(jobs, { platforms: [{ id, webhook: bell }] })).toThrow(/cannot stand in an address/);
  });
});

it('deliveries can be mounted in the monitoring API, as the routes of a plugin', async () => {
  const plugins = [deliveryRoutes({ deliveries: new Deliveries(jobs) })];
  const monitoring = createMonitoringHandler(jobs, { authorize: () => principal, plugins });
  const id = await deliver();
  expect((await ask(monitoring, '/jobs/plugins/webhooks/deliveries')).body.data).toMatchObject({
    deliveries: [{ id }],
  });
  expect((await ask(monitoring, `/jobs/plugins/webhooks/deliveries/${id}?action=replay`, 'POST')).status).toBe(200);
  expect((await ask(door, '/webhooks/deliveries')).body.data).toMatchObject({
    deliveries: [{ replayOf: id, actor: 'ann' }, { id }],
  });
});

it('a replay that is impossible rejects with an error of the library, whose code the API answers', async () => {
  const deliveries = new Deliveries(jobs);
  await expect(deliveries.replay('none', 'ann')).rejects.toThrow(NotFoundError);
  const refused = await deliver('wrong');
  await expect(deliveries.replay(refused, 'ann')).rejects.toThrow(ConflictError);
  expect(await ask(door, '/webhooks/deliveries/none?action=replay', 'POST')).toMatchObject({
    status: 404,
    body: { error: { code: 'NOT_FOUND' } },
  });
  expect(await ask(door, `/webhooks/deliveries/${refused}?action=replay`, 'POST')).toMatchObject({
    status: 409,
    body: { error: { code: 'CONFLICT' } },
  });
});
