/** What the commands do, apart from how they are called. Each answers a value for `--json` and a text for people. */
import { parseConcurrency } from '../config.js';
import { UnknownQueueError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';
import { table } from './table.js';

/** The flags of all commands. */
export interface Flags {
  readonly json?: boolean | undefined;
  readonly queues?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly limit?: string | undefined;
  readonly state?: string | undefined;
  readonly 'older-than'?: string | undefined;
}

/** What a command has found or done. */
export interface Answer {
  readonly value: unknown;
  readonly text: string;
  /** Something is wrong that the caller should see in the exit code. */
  readonly failed?: boolean;
}

/** Wrong words on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One command: how it is written, what it does. */
export interface Command {
  readonly usage: string;
  readonly about: string;
  /** Whether the first word behind it is a queue. */
  readonly takesQueue: boolean;
  /** Undefined: the process goes on by itself (the worker). */
  run(jobs: Jobs, flags: Flags, queue: string): Promise<Answer | undefined>;
}

const CLEANABLE = ['completed', 'failed', 'waiting', 'delayed'] as const;

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  worker: {
    usage: 'worker [module] [--queues a,b] [--concurrency a=10,b=2]',
    about: 'run a worker until it is told to stop (SIGTERM, Ctrl-C)',
    takesQueue: false,
    async run(jobs, { queues, concurrency }) {
      await jobs.startWorker({
        ...(queues === undefined ? {} : { queues: queues.split(',').map((name) => name.trim()) }),
        ...(concurrency === undefined ? {} : { concurrency: parseConcurrency(concurrency) }),
      });
      return undefined;
    },
  },
  status: {
    usage: 'status [module]',
    about: 'the store and the numbers of every queue',
    takesQueue: false,
    async run(jobs) {
      const health = await jobs.health();
      if (!health.reachable)
        return { value: { health }, text: `${health.engine}: not reachable. ${health.error}`, failed: true };
      const queues = await Promise.all(
        jobs.queues.map(async (queue) => ({ queue: queue.name, ...(await handle(jobs, queue.name).counts()) })),
      );
      const columns = ['waiting', 'active', 'delayed', 'failed', 'completed', 'paused'] as const;
      const rows = queues.map((one) => [
        one.queue + (one.isPaused ? ' (paused)' : ''),
        ...columns.map((column) => String(one[column])),
      ]);
      const lines = [
        `${health.engine} ${health.version ?? ''} in ${(health.latency ?? 0).toFixed(1)} ms`,
        ...health.warnings.map((warning) => `warning: ${warning}`),
        table(['queue', ...columns], rows),
      ];
      return { value: { health, queues }, text: lines.join('\n') };
    },
  },
  retry: {
    usage: 'retry <queue> [module] [--limit n]',
    about: 'take failed jobs back into the queue',
    takesQueue: true,
    async run(jobs, { limit }, queue) {
      const retried = await handle(jobs, queue).retryFailed(
        limit === undefined ? {} : { limit: wholeNumber('--limit', limit) },
      );
      return { value: { queue, retried }, text: `${queue}: ${retried} failed jobs go back into the queue` };
    },
  },
  pause: {
    usage: 'pause <queue> [module]',
    about: 'stop all workers from taking its jobs',
    takesQueue: true,
    async run(jobs, _flags, queue) {
      await handle(jobs, queue).pause();
      return { value: { queue, paused: true }, text: `${queue}: paused` };
    },
  },
  resume: {
    usage: 'resume <queue> [module]',
    about: 'let workers take its jobs again',
    takesQueue: true,
    async run(jobs, _flags, queue) {
      await handle(jobs, queue).resume();
      return { value: { queue, paused: false }, text: `${queue}: resumed` };
    },
  },
  clean: {
    usage: `clean <queue> [module] [--state ${CLEANABLE.join('|')}] [--older-than ms] [--limit n]`,
    about: 'remove finished jobs (or, by --state, others)',
    takesQueue: true,
    async run(jobs, flags, queue) {
      const state = CLEANABLE.find((one) => one === (flags.state ?? 'completed'));
      if (!state) throw new UsageError(`--state must be one of ${CLEANABLE.join(', ')}`);
      const olderThan = flags['older-than'];
      const removed = await handle(jobs, queue).clean({
        state,
        ...(olderThan === undefined ? {} : { olderThan: wholeNumber('--older-than', olderThan) }),
        ...(flags.limit === undefined ? {} : { limit: wholeNumber('--limit', flags.limit) }),
      });
      return { value: { queue, state, removed }, text: `${queue}: ${removed} ${state} jobs removed` };
    },
  },
};

/** A queue by a name that only the user knows. */
function handle(jobs: Jobs, name: string): QueueHandle<AnyQueueDefinition> {
  const definition = jobs.queues.find((queue) => queue.name === name);
  if (!definition) {
    throw new UnknownQueueError(
      `There is no queue "${name}"; known: ${jobs.queues.map((queue) => queue.name).join(', ')}`,
    );
  }
  return jobs.queue(definition);
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${flag} must be a whole number, not "${text}"`);
  return Number(text);
}
