// Edits an app under `next dev`, on a real Redis. Needs the built packages: `npm run build` first.
import { startRedis } from '@bizinsights/test-servers';
import { afterEach, expect, it } from 'vitest';
import { startDevApp } from './fixtures/dev-app.js';

const EDITS = 6;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('has no more connections to Redis after six edits under next dev, and the worker runs each edit', async () => {
  const redis = await startRedis();
  cleanUps.push(() => redis.stop());
  const app = await startDevApp(redis.url);
  cleanUps.push(() => app.close());
  const clients = () => redis.command('CLIENT', 'LIST');
  const connections = async () => (await clients()).match(/^id=/gm)?.length ?? 0;

  expect(await app.run()).toEqual({ route: 0, worker: 0 });
  // The connection on which the worker waits for jobs is opened with its first wait, soon after the job.
  await expect.poll(clients).toContain(' cmd=bzpopmin ');
  const before = await connections();
  for (let edit = 1; edit <= EDITS; edit++) {
    app.edit(edit);
    await expect.poll(() => app.run()).toEqual({ route: edit, worker: edit });
  }
  await expect.poll(connections).toBeLessThanOrEqual(before);
}, 300_000);
