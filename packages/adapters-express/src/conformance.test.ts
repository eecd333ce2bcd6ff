import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allowEveryoneInDevelopment, createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import {
  adapterArguments,
  bellRoutes,
  byHeader,
  createHost,
  monitoringConformance,
  type Subject,
} from '@bizinsights/monitoring-conformance';
import express4 from 'express4';
import express5 from 'express5';
import { describe, expect, it } from 'vitest';
import { type ExpressAuthorize, monitoringRouter } from './index.js';

monitoringConformance('the handler by itself', {
  async open(redisUrl) {
    const jobs = createHost(redisUrl);
    const handler = createMonitoringHandler(jobs, { authorize: byHeader, plugins: [bellRoutes] });
    return {
      send: (path, init) => handler(new Request(`http://localhost/api/jobs${path}`, init)),
      close: () => jobs.close(),
    };
  },
});

async function listen(app: ReturnType<typeof express5>): Promise<Subject> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `mount` is how Express is told where, `at` is where requests find it. */
const serve =
  (express: typeof express5, withParser: boolean, mount = '/api/jobs', at = mount) =>
  async (redisUrl: string): Promise<Subject> => {
    const jobs = createHost(redisUrl);
    const app = express();
    if (withParser) app.use(express.json());
    app.use(mount, monitoringRouter(jobs, { authorize: byHeader, plugins: [bellRoutes] }));
    const { send, close } = await listen(app);
    return {
      send: (path, init) => send(at + path, init),
      async close() {
        await close();
        await jobs.close();
      },
    };
  };

adapterArguments('monitoringRouter', monitoringRouter, (router) => listen(express5().use('/at/jobs', router)));

monitoringConformance('Express 5', { open: serve(express5, false) });
monitoringConformance('Express 5 behind express.json()', { open: serve(express5, true), parser: true });
monitoringConformance('Express 4', { open: serve(express4, false) });
monitoringConformance('Express 4 behind express.json()', { open: serve(express4, true), parser: true });
monitoringConformance('Express 5 at a path with parameters', {
  open: serve(express5, false, '/teams/:team/jobs', '/teams/a%20b/jobs'),
});
monitoringConformance('Express 5 at the root', { open: serve(express5, false, '/', '') });

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('in development, on Express %s', (_major, express) => {
  it('lets in who asks on this machine, by a host that means it', async () => {
    const app = express();
    const jobs = createTestJobs({ queues: [] });
    app.use(
      '/api/jobs',
      monitoringRouter(jobs, { authorize: allowEveryoneInDevelopment({ NODE_ENV: 'development' }) }),
    );
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const statusOf = (host: string, headers: Record<string, string> = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { port, host: '127.0.0.1', path: '/api/jobs/monitoring', headers: { host, ...headers } };
        get(options, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on('error', reject);
      });
    expect(await statusOf(`localhost:${port}`)).toBe(200);
    expect(await statusOf(`127.0.0.1:${port}`)).toBe(200);
    expect(await statusOf(`rebound.example:${port}`)).toBe(401);
    expect(await statusOf('localhost', { 'x-forwarded-for': '203.0.113.7' })).toBe(401);
    await new Promise((resolve) => server.close(resolve));
    await jobs.close();
  });

  it('hands on the address of the connection, and the request with what middleware has put on it', async () => {
    const app = express();
    app.use((req, _res, next) => {
      Object.assign(req, { session: { user: 'ann' } });
      next();
    });
    const jobs = createTestJobs({ queues: [] });
    const callers: unknown[] = [];
    const authorize: ExpressAuthorize = (_request, { remoteAddress, req }) => {
      callers.push({ remoteAddress, session: Reflect.get(req, 'session'), path: req.originalUrl });
      return null;
    };
    app.use('/api/jobs', monitoringRouter(jobs, { authorize }));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    for (const path of ['/monitoring', '/nothing/at/all']) {
      expect((await fetch(`http://127.0.0.1:${port}/api/jobs${path}`)).status).toBe(401);
    }
    const caller = { remoteAddress: '127.0.0.1', session: { user: 'ann' } };
    expect(callers).toEqual([
      { ...caller, path: '/api/jobs/monitoring' },
      { ...caller, path: '/api/jobs/nothing/at/all' },
    ]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await jobs.close();
  });
});
