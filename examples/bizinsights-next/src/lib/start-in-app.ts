/** What runs beside the pages in the app's process: on the embedded store the worker, and what ends it. */
import { runFirstRun } from '../demo/first-run';
import { closeWithProcess } from './host/close-with-process';
import { jobs } from './jobs';
import { store } from './store/store';
import { worksInApp } from './store/stores';

export async function startInApp(): Promise<void> {
  const stop = new AbortController();
  // Next.js would end the process before the running jobs are given back, so the scripts of the app say by this variable that
  // it is ended here. Without it (PM2) Next.js ends it, when the running requests are answered.
  if (process.env.NEXT_MANUAL_SIG_HANDLE) {
    closeWithProcess(async () => {
      stop.abort();
      await jobs.close();
      await store.close();
    });
  }
  if (!worksInApp()) return;
  jobs.logger.info('the worker runs in the app: the data is in the embedded store, which belongs to one process');
  await jobs.startWorker({ handleSignals: false });
  void runFirstRun(stop.signal);
}
