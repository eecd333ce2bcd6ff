import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineRoute } from '../http/index.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from '../testing/index.js';
import { createMonitoringHandler } from './app.js';

const ring = defineRoute({ method: 'GET', path: '/', summary: 'Rings.', role: 'viewer', run: () => new Response() });

/** What the API itself says that it has. */
async function paths(): Promise<string[]> {
  const jobs = createTestJobs({ queues: [] });
  const handler = createMonitoringHandler(jobs, {
    authorize: () => ({ actor: 'ann', role: 'viewer' }),
    plugins: [{ name: 'bells', routes: [ring] }],
  });
  const response = await handler(new Request('http://localhost/api/jobs/openapi.json'));
  await jobs.close();
  return Object.keys(z.object({ paths: z.record(z.string(), z.unknown()) }).parse(await response.json()).paths);
}

it('refuses each fixed first segment of a route as the name of a queue', async () => {
  const first = (await paths()).map((path) => path.split('/')[1] ?? '');
  const fixed = new Set(first.filter((segment) => !segment.startsWith('{')));
  expect(fixed).toContain('monitoring');
  expect(fixed).toContain('openapi.json');
  expect(fixed).toContain('plugins');
  // `ui` is the dashboard's.
  for (const name of [...fixed, 'ui']) {
    expect(() => defineQueue({ name, schema: z.object({}) }), name).toThrow(/the monitoring API uses this name/);
  }
});
