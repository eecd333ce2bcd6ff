/** `bizinsights-jobs dev`: a worker as a child process, restarted when its files change. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Call } from '../command-line.js';
import { envFilesBeside } from '../env-files.js';
import { findModule } from '../load-jobs.js';
import { stopSignal } from '../stop-signal.js';
import { STOP } from './obey-dev.js';
import { untilChanged } from './watched-files.js';

/** What a terminal's Ctrl-C takes at most to reach the worker by itself: a second one would give its jobs back. ms */
const OWN_SIGNAL = 1_000;

/** What Node and `load-jobs.ts` report of a process of which it is asked for: paths, and addresses of ES modules. */
const report = z.object({
  'watch:require': z.array(z.string()).default([]),
  'watch:import': z.array(z.string()).default([]),
});

export async function runDev({ flags, module, envFiles, directory, error, signal }: Call): Promise<undefined> {
  const { name, file } = findModule(module, directory);
  const named = envFiles.map((path) => resolve(directory, path));
  const words = [
    ...['worker', name],
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    ...named.map((path) => `--env-file=${path}`),
  ];
  const ended = stopSignal(signal);
  /** Grows only: after an error, a file that is not loaded any more may be the one to correct. */
  const files = new Set([file, ...named, ...envFilesBeside({ directory, module: file })]);
  while (!ended.aborted) {
    const child = start(words, directory, files);
    let hasEnded = false;
    let isRestarting = false;
    const exit = once(child, 'exit').then(() => {
      hasEnded = true;
      // A file that it has not found may come.
      if (!ended.aborted && !isRestarting) error('The worker has ended. It starts again when a file changes.');
    });
    const watched = () => (hasEnded ? [...files, ...[...files].map(dirname)] : files);
    await untilChanged(watched, ended).catch(() => undefined);
    isRestarting = true;
    if (!ended.aborted)
      error(`A file of ${name} has changed: the worker ${hasEnded ? '' : 'ends its jobs, and '}starts again.`);
    else await Promise.race([exit, sleep(OWN_SIGNAL)]);
    stop(child);
    await exit;
  }
  return undefined;
}

/** Starts this program as a worker, and adds the files that it loads. */
function start(words: readonly string[], cwd: string, files: Set<string>): ChildProcess {
  const [, program = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, program, ...words], {
    cwd,
    env: { ...process.env, WATCH_REPORT_DEPENDENCIES: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (message) => {
    const { data } = report.safeParse(message);
    const paths = data ? [...data['watch:require'], ...data['watch:import'].map(toPath)] : [];
    for (const path of paths) if (!/^$|[\\/]node_modules[\\/]/.test(path)) files.add(path);
  });
  return child;
}

function toPath(address: string): string {
  return address.startsWith('file:') ? fileURLToPath(address) : '';
}

/** Asks the worker to drain. */
function stop(child: ChildProcess): void {
  if (child.connected) child.send(STOP, () => undefined);
}
