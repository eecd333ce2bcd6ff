/** What the commands do, apart from how they are called. Each answers a value for `--json` and a text for people. */

import { parseConcurrency } from '../config.js';
import { defined } from '../defined.js';
import { ConfigError, toError } from '../errors.js';
import { type Flag, SWITCHES, UsageError, wholeNumber } from './answer.js';
import type { Command, FreeCommand } from './command-line.js';
import { runDev } from './dev/dev.js';
import { init } from './init/init.js';
import { addJob, showJob, tailQueue } from './job-commands.js';
import { handle, known } from './named-queue.js';
import { runSchedules } from './schedules.js';
import { list, table } from './table.js';

const CLEANABLE = ['completed', 'failed', 'waiting', 'delayed'] as const;

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Command<Flag> | FreeCommand<Flag>>> = {
  init: {
    usage: 'init [--express | --next] [--force]',
    about: 'write jobs.ts, worker.ts, the route and scripts into this project; no file that is there without --force',
    flags: ['json', ...SWITCHES],
    invoke: init,
  },
  dev: {
    usage: 'dev [module] [--queues a,b] [--concurrency a=10,b=2]',
    about: 'run a worker, and restart it when a file that it has loaded changes; running jobs end first',
    flags: ['queues', 'concurrency'],
    invoke: runDev,
  },
  worker: {
    usage: 'worker [module] [--queues a,b] [--concurrency a=10,b=2]',
    about: 'run a worker until it is told to stop (SIGTERM, Ctrl-C); twice to stop at once',
    flags: ['queues', 'concurrency'],
    async run(jobs, flags) {
      const queues = flags.queues?.split(',').map((name) => known(jobs, name.trim(), '--queues').name);
      const concurrency = flags.concurrency === undefined ? undefined : concurrencyOf(flags.concurrency);
      for (const name of Object.keys(concurrency ?? {})) known(jobs, name, '--concurrency');
      await jobs.startWorker({
        ...defined({ queues, concurrency }),
      });
      return undefined;
    },
  },
  status: {
    usage: 'status [module]',
    about: 'the store and the numbers of every queue',
    flags: ['json'],
    async run(jobs) {
      const health = await jobs.health();
      if (!health.reachable) {
        const store = health.engine === 'none' ? '' : `${health.engine} is not reachable. `;
        return { value: { health }, text: store + health.error, failed: true };
      }
      // One that can't be read takes the numbers of no other one away.
      const queues = await Promise.all(
        jobs.queues.map(async ({ name: queue }) => {
          try {
            return { queue, ...(await handle(jobs, queue).counts()) };
          } catch (thrown) {
            return { queue, error: toError(thrown).message };
          }
        }),
      );
      const columns = ['waiting', 'active', 'delayed', 'failed', 'completed', 'paused'] as const;
      const broken = queues.flatMap((one) => ('error' in one ? [one] : []));
      const rows = queues.flatMap((one) =>
        'error' in one
          ? []
          : [[one.queue + (one.isPaused ? ' (paused)' : ''), ...columns.map((column) => String(one[column]))]],
      );
      const lines = [
        `${[health.engine, health.version].join(' ').trim()}, answers in ${(health.latency ?? 0).toFixed(1)} ms`,
        ...health.warnings.map((warning) => `warning: ${warning}`),
        table(['queue', ...columns], rows),
        ...broken.map(({ queue, error }) => `${queue}: its numbers could not be read: ${error}`),
      ];
      return { value: { health, queues }, text: lines.join('\n'), failed: broken.length > 0 };
    },
  },
  job: {
    usage: 'job <queue> <id> [module]',
    about: 'one job: its state, data, result, errors and log, without what its queue redacts',
    subject: ['queue', 'job id'],
    flags: ['json'],
    run: showJob,
  },
  add: {
    usage: 'add <queue> <json> [module] [--id id] [--delay ms]',
    about: 'check the data and add a job',
    subject: ['queue', 'JSON text'],
    flags: ['json', 'id', 'delay'],
    run: addJob,
  },
  tail: {
    usage: 'tail <queue> [module]',
    about: 'follow what happens to its jobs until Ctrl-C; with --json a line of JSON for each event',
    subject: 'queue',
    flags: ['json'],
    invoke: tailQueue,
  },
  retry: {
    usage: 'retry <queue> [module] [--limit n]',
    about: 'take failed jobs back into the queue, with all their attempts',
    subject: 'queue',
    flags: ['json', 'limit'],
    async run(jobs, { limit }, queue) {
      const retried = await handle(jobs, queue).retryFailed(
        limit === undefined ? {} : { limit: wholeNumber('--limit', limit) },
      );
      return { value: { queue, retried }, text: `${queue}: ${plural(retried, 'failed job')} taken back` };
    },
  },
  pause: {
    usage: 'pause <queue> [module]',
    about: 'stop all workers from taking its jobs; running ones go on',
    subject: 'queue',
    flags: ['json'],
    async run(jobs, _flags, queue) {
      await handle(jobs, queue).pause();
      return { value: { queue, paused: true }, text: `${queue}: paused` };
    },
  },
  resume: {
    usage: 'resume <queue> [module]',
    about: 'let workers take its jobs again',
    subject: 'queue',
    flags: ['json'],
    async run(jobs, _flags, queue) {
      await handle(jobs, queue).resume();
      return { value: { queue, paused: false }, text: `${queue}: resumed` };
    },
  },
  clean: {
    usage: `clean <queue> [module] [--state ${CLEANABLE.join('|')}] [--older-than ms] [--limit n]`,
    about: 'remove completed jobs or, by --state, others; at most 10,000 unless --limit says otherwise',
    subject: 'queue',
    flags: ['json', 'state', 'older-than', 'limit'],
    async run(jobs, flags, queue) {
      const state = CLEANABLE.find((one) => one === (flags.state ?? 'completed'));
      if (!state) throw new UsageError(`--state must be one of ${CLEANABLE.join(', ')}, not "${flags.state}"`);
      const olderThan = flags['older-than'];
      const removed = await handle(jobs, queue).clean({
        state,
        ...(olderThan === undefined ? {} : { olderThan: wholeNumber('--older-than', olderThan) }),
        ...(flags.limit === undefined ? {} : { limit: wholeNumber('--limit', flags.limit) }),
      });
      return { value: { queue, state, removed }, text: `${queue}: ${plural(removed, `${state} job`)} removed` };
    },
  },
  schedules: {
    usage: 'schedules [module] [--queue name] [--tag name] [--limit n] [--pause key | --resume key | --run key]',
    about: 'the schedules and their next runs, at most 100 unless --limit says otherwise; or act on one of them',
    flags: ['json', 'queue', 'tag', 'limit', 'pause', 'resume', 'run'],
    run: runSchedules,
  },
  environment: {
    usage: 'environment [module]',
    about: 'the variables that are read, whether they are set, and what is wrong with them; never their values',
    flags: ['json'],
    async run(jobs) {
      const variables = jobs.environment();
      const rows = variables.map(({ name, about, isSet, problem }) => [
        name,
        problem === undefined ? (isSet ? 'set' : '') : 'wrong',
        problem === undefined ? about : `${about}: ${problem}`,
      ]);
      return {
        value: { variables },
        text: list(['variable', '', 'for'], rows),
        failed: variables.some(({ problem }) => problem !== undefined),
      };
    },
  },
};

function concurrencyOf(text: string): Record<string, number> {
  try {
    return parseConcurrency(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`--concurrency must look like "email-sending=10,data-sync=2", each at least 1, not "${text}"`);
  }
}

function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
