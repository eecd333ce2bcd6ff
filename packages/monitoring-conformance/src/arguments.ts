/** What each adapter takes: the same kinds of arguments, so that a host changes the name of the function alone. */

import {
  createMonitoringHandler,
  type MonitoredJobs,
  type MonitoringHandler,
  type MonitoringOptions,
} from '@bizinsights/jobs-core/monitoring';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { bellRoutes, byHeader, createHost } from './host.js';
import type { Subject } from './suite.js';

/** The OpenAPI document, or a refusal. */
const answer = z.looseObject({ servers: z.unknown().optional(), paths: z.record(z.string(), z.unknown()).default({}) });

/** A function of an adapter. That it is one is checked by the types. */
export interface MonitoringAdapter<Mounted> {
  (jobs: MonitoredJobs, options: MonitoringOptions): Mounted;
  (handler: MonitoringHandler): Mounted;
}

/** @param serve mounts at `/at/jobs` what the adapter has made; its `send` takes whole paths */
export function adapterArguments<Mounted>(
  name: string,
  adapter: MonitoringAdapter<Mounted>,
  serve: (mounted: Mounted) => Promise<Subject>,
): void {
  /** The statuses of a known and of an unknown caller, and where the answer says that it is mounted. */
  async function ask(mounted: Mounted) {
    const { send, close } = await serve(mounted);
    onTestFinished(close);
    const [known, unknown] = await Promise.all([
      send('/at/jobs/openapi.json', { headers: { 'x-role': 'viewer' } }),
      send('/at/jobs/openapi.json'),
    ]);
    const { servers, paths } = answer.parse(await known.json());
    return { statuses: [known.status, unknown.status], servers, hasBells: '/plugins/bells/{id}' in paths };
  }
  // Nothing here asks the store.
  const jobs = createHost('redis://127.0.0.1:1');
  const options = { authorize: byHeader, plugins: [bellRoutes], allowedOrigins: [], search: false } as const;
  const expected = { statuses: [200, 401], servers: [{ url: '/at/jobs' }], hasBells: true };

  describe(`${name} takes`, () => {
    afterAll(() => jobs.close());

    it('jobs and the options of createMonitoringHandler', async () => {
      expect(await ask(adapter(jobs, options))).toEqual(expected);
    });

    it('a base path, which wins over where it is mounted', async () => {
      expect(await ask(adapter(jobs, { ...options, basePath: '/at/jobs' }))).toEqual(expected);
      expect(await ask(adapter(jobs, { ...options, basePath: '/seen' }))).toMatchObject({ statuses: [404, 401] });
    });

    it('a handler of createMonitoringHandler, wherever it is mounted', async () => {
      const handler = createMonitoringHandler(jobs, options);
      expect(await ask(adapter(handler))).toEqual(expected);
      expect((await handler(new Request('http://localhost/api/jobs/health/live'))).status).toBe(200);
    });

    it('nothing without `authorize`', () => {
      const withoutTypes: (...args: unknown[]) => unknown = Function.prototype.call.bind(adapter, undefined);
      expect(() => withoutTypes(jobs)).toThrow('authorize: is needed');
      expect(() => withoutTypes(jobs, {})).toThrow('authorize: is needed');
    });
  });
}
