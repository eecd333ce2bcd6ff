/** A route of a plugin that answers a stream, mounted in Express. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineRoute } from '@bizinsights/jobs-core/http';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import express4 from 'express4';
import express5 from 'express5';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monitoringRouter } from './index.js';

const ding = new TextEncoder().encode('ding');

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('on Express %s', (_major, express) => {
  const cancelled = vi.fn();
  const stream = (path: string, pull: (controller: ReadableStreamDefaultController) => void) =>
    defineRoute({
      method: 'GET',
      path,
      summary: 'Rings.',
      role: 'viewer',
      run: () =>
        new Response(new ReadableStream({ start: (controller) => controller.enqueue(ding), pull, cancel: cancelled })),
    });
  const routes = [
    stream('/endless', () => undefined),
    stream('/broken', (controller) => controller.error(new Error('of 10.0.0.7'))),
  ];
  let at: string;
  let close: () => Promise<void>;

  beforeEach(async () => {
    cancelled.mockClear();
    const jobs = createTestJobs({ queues: [] });
    const authorize = () => ({ actor: 'ann', role: 'viewer' }) as const;
    const app = express();
    app.use('/api/jobs', monitoringRouter(jobs, { authorize, plugins: [{ name: 'bells', routes }] }));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    at = `http://127.0.0.1:${port}/api/jobs/plugins/bells`;
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await jobs.close();
    };
  });
  afterEach(() => close());

  it('ends it when the client has gone, and for HEAD at once', async () => {
    const client = new AbortController();
    const response = await fetch(`${at}/endless`, { signal: client.signal });
    const first = await response.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toBe('ding');
    expect(cancelled).not.toHaveBeenCalled();
    client.abort();
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledTimes(1), 30_000);
    expect((await fetch(`${at}/endless`, { method: 'HEAD' })).status).toBe(200);
    expect(cancelled).toHaveBeenCalledTimes(2);
  });

  it('says nothing of why it has broken off', async () => {
    const response = await fetch(`${at}/broken`);
    expect(await response.text().catch(String)).not.toContain('10.0.0.7');
  });
});
