/** The worker as a process of its own, beside the app: for data in PostgreSQL, which many processes share. */
import './lib/host/load-env-file';
import { ConfigError } from '@bizinsights/jobs-core';
import { runFirstRun } from './demo/first-run';
import { closeWithProcess } from './lib/host/close-with-process';
import { jobs } from './lib/jobs';
import { store } from './lib/store/store';
import { worksInApp } from './lib/store/stores';

if (worksInApp()) {
  throw new ConfigError('The worker cannot be a process of its own', [
    {
      path: ['DATABASE_URL'],
      message: 'set it: the embedded store of the data belongs to the app, which runs the worker',
    },
  ]);
}
await jobs.startWorker({ handleSignals: false });

const stop = new AbortController();
closeWithProcess(async () => {
  stop.abort();
  await jobs.close();
  await store.close();
});

await runFirstRun(stop.signal);
