import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { byHeader, createHost, monitoringConformance, type Subject } from '@bizinsights/monitoring-conformance';
import express4 from 'express4';
import express5 from 'express5';
import { monitoringRouter } from './index.js';

monitoringConformance('the handler by itself', {
  async open(redisUrl) {
    const jobs = createHost(redisUrl);
    const handler = createMonitoringHandler(jobs, { authorize: byHeader });
    return {
      send: (path, init) => handler(new Request(`http://localhost/api/jobs${path}`, init)),
      close: () => jobs.close(),
    };
  },
});

/** `mount` is how Express is told where, `at` is where requests find it. */
const serve =
  (express: typeof express5, withParser: boolean, mount = '/api/jobs', at = mount) =>
  async (redisUrl: string): Promise<Subject> => {
    const jobs = createHost(redisUrl);
    const app = express();
    if (withParser) app.use(express.json());
    app.use(mount, monitoringRouter(jobs, { authorize: byHeader }));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      send: (path, init) => fetch(`http://127.0.0.1:${port}${at}${path}`, init),
      async close() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await jobs.close();
      },
    };
  };

monitoringConformance('Express 5', { open: serve(express5, false) });
monitoringConformance('Express 5 behind express.json()', { open: serve(express5, true), parser: true });
monitoringConformance('Express 4', { open: serve(express4, false) });
monitoringConformance('Express 4 behind express.json()', { open: serve(express4, true), parser: true });
monitoringConformance('Express 5 at a path with parameters', {
  open: serve(express5, false, '/teams/:team/jobs', '/teams/a%20b/jobs'),
});
monitoringConformance('Express 5 at the root', { open: serve(express5, false, '/', '') });
