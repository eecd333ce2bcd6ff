// Builds and starts a real app on each major. Needs the built packages: `npm run build` first.
import { monitoringConformance, type Subject } from '@bizinsights/monitoring-conformance';
import { freePort } from '@bizinsights/test-servers';
import { expect } from 'vitest';
import { type AppOptions, startApp } from './fixtures/next-app.js';

const open =
  (options: AppOptions) =>
  async (redisUrl: string): Promise<Subject> => {
    const app = await startApp(options, redisUrl, await freePort());
    // BullMQ issues 1759 and 3552: what a build says that tries to bundle the engine.
    expect(app.buildLog).not.toMatch(/warn|⚠|critical dependency|can't be external|module not found/i);
    return {
      send: (path, init) => fetch(app.url + path, init),
      close: () => app.close(),
    };
  };

monitoringConformance('Next.js 16 in a workspace, with Turbopack, standalone', {
  open: open({ name: 'next-16', next: 16, from: 'workspace', standalone: true }),
});
monitoringConformance('Next.js 15 on installed packages, under a base path', {
  open: open({ name: 'next-15', next: 15, from: 'installed', basePath: '/docs' }),
});
