/** The worker as a process of its own, beside the app: for Redis and PostgreSQL, which many processes share. */
import { ConfigError } from '@bizinsights/jobs-core';
import { firstRun } from './demo/first-run';
import { closeWithProcess } from './lib/close-with-process';
import { jobs } from './lib/jobs';
import { startAppWorker } from './lib/start-worker';
import { closeStore } from './lib/store';
import { worksInApp } from './lib/stores';

if (worksInApp()) {
  throw new ConfigError('The worker cannot be a process of its own', [
    {
      path: ['REDIS_URL'],
      message: 'set it or DATABASE_URL: the embedded store belongs to the app, which runs the worker',
    },
  ]);
}
await startAppWorker();

const stop = new AbortController();
closeWithProcess(async () => {
  stop.abort();
  await jobs.close();
  await closeStore();
});

await firstRun(stop.signal).catch((error: unknown) => {
  if (!stop.signal.aborted) throw error;
});
