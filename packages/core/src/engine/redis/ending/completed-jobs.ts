/**
 * Ends completed jobs, and takes the next ones, by a script of ours.
 *
 * BullMQ's script is made for all kinds of jobs and takes Redis twice as long. Where a job is not a usual one (it has a parent,
 * children or a deduplication, the queue has a limiter, many earlier jobs are to be removed), ours has written nothing, and
 * BullMQ's is sent. Both leave the same behind, which a test compares for the version of BullMQ's script that is known here:
 * with another version, BullMQ's is sent for all.
 *
 * Jobs that end at the same time go together: see end-batches.ts.
 */
import type { IQueueBackend, KeepJobs } from 'bullmq';
import { defined } from '../../../defined.js';
import { loadIoredis } from '../../../on-demand.js';
import type { RedisClient } from '../connection/connection.js';
import { END_COMPLETED, END_TOGETHER, NOT_USUAL } from '../scripts/index.js';
import { EndBatches, type EndTerms } from './end-batches.js';
import { endCommand, type Head, headOf } from './end-command.js';
import { takenJobs } from './taken-job.js';

/** What a job's end answers. */
type Answer = Awaited<ReturnType<IQueueBackend['moveToCompleted']>>;

/** The SHA-1 of BullMQ's moveToFinished that our script was made after. */
export const KNOWN_SCRIPT = '69666e69dd5621df59067a03de685e55a486560d';

const KEYS = 'wait active prioritized delayed completed events meta stalled marker pc'.split(' ');

export const END_SCRIPTS = {
  bizinsightsEndCompleted: { numberOfKeys: KEYS.length, lua: END_COMPLETED },
  bizinsightsEndTogether: { numberOfKeys: KEYS.length, lua: END_TOGETHER },
} as const;

/** What the script needs of the worker. */
export interface EndOptions {
  /** The beginning of BullMQ's keys of the queue, with its colon. */
  readonly base: string;
  /** ms */
  readonly lockDuration: number;
  /** Of the worker. */
  readonly concurrency: number;
  /** Of the worker, shown as `processedBy` of its jobs. */
  readonly name: string;
  /** Runs our script by ioredis, which sends its text where the server does not know it. */
  readonly call: (name: keyof typeof END_SCRIPTS, ...args: string[]) => Promise<unknown>;
}

/** Changes a backend of a worker that sends its commands by `client`. Answers the same backend. */
export function endCompletedJobs(backend: IQueueBackend, client: RedisClient, options: EndOptions): IQueueBackend {
  const { Cluster, Command, Redis } = loadIoredis();
  if (!(client instanceof Redis || client instanceof Cluster)) return backend;
  const { base, lockDuration, concurrency, name: worker, call } = options;
  const keys = KEYS.map((key) => base + key);
  const fixed = [base, String(lockDuration), worker];
  const EndCommand = endCommand(Command);
  const moveToCompleted = backend.moveToCompleted.bind(backend);
  const jobOf = takenJobs();
  let isKnown = false;
  const heads = new Map<keyof typeof END_SCRIPTS, Head>();
  // Nearly all jobs have the same one.
  let last: { readonly remove: object; readonly limits: ReturnType<typeof limitsOf> } | undefined;
  const knownLimitsOf = (remove: boolean | number | KeepJobs) => {
    if (typeof remove !== 'object') return limitsOf(remove);
    if (last?.remove !== remove) last = { remove, limits: limitsOf(remove) };
    return last.limits;
  };
  // ioredis hashes a script when it is first called, and sends its text where the server does not know it.
  const callOnce = async (name: keyof typeof END_SCRIPTS, args: readonly string[]) => {
    const answer = await call(name, ...keys, ...fixed, ...args);
    const sha = shaOf(client, name);
    if (sha !== undefined) heads.set(name, headOf(sha, keys, fixed));
    return answer;
  };
  const send = (name: keyof typeof END_SCRIPTS, args: readonly string[]): Promise<unknown> => {
    const head = heads.get(name);
    if (!head) return callOnce(name, args);
    const command = new EndCommand(head, args);
    client.sendCommand(command);
    return command.promise;
  };
  const batches = new EndBatches(concurrency, {
    one: (args) => send('bizinsightsEndCompleted', args),
    some: (args) => send('bizinsightsEndTogether', args),
  });

  backend.moveToCompleted = (job, value, remove, token, fetchNext) => {
    const limits = knownLimitsOf(remove);
    isKnown ||= shaOf(client, 'moveToFinished:') === KNOWN_SCRIPT;
    const byBullMq = () => moveToCompleted(job, value, remove, token, fetchNext);
    if (!isKnown || !limits || job.parent || job.opts.deduplication) return byBullMq();
    const result = JSON.stringify(value) ?? 'null';
    const isNextWanted = fetchNext && !backend.closing;
    return batches.end<Answer>(
      { id: job.id ?? '', token, result, isNextWanted },
      limits,
      (answer, finishedOn) => {
        if (answer === NOT_USUAL) return byBullMq();
        if (!Array.isArray(answer)) return { result: [], finishedOn };
        const [text, id, limited, later, count] = answer;
        if (typeof text !== 'string') return { result: [null, id, limited, later], finishedOn };
        const fields = text.split('\0');
        if (fields.length === count) return { result: [jobOf(fields), id, limited, later], finishedOn };
        // One of them has a zero byte in it.
        return client.hgetall(base + id).then((found) => ({
          result: [jobOf(Object.entries(found).flat()), id, limited, later],
          finishedOn,
        }));
      },
      (error) => {
        if (!isUnknownScript(error)) throw error;
        heads.clear();
        return byBullMq();
      },
    );
  };
  return backend;
}

const [NONE, ALL]: readonly [EndTerms, EndTerms] = [{ count: '0' }, { count: '' }];

/** What the script takes for the number of earlier jobs to keep, and their age; undefined where that is not for it. */
function limitsOf(remove: boolean | number | KeepJobs): EndTerms | undefined {
  if (typeof remove === 'boolean') return remove ? NONE : ALL;
  const {
    count = -1,
    age,
    limit = 1,
  }: { count?: number; age?: number; limit?: number } = typeof remove === 'number' ? { count: remove } : remove;
  if (!Number.isInteger(count) || limit < 1 || (age !== undefined && !(age > 0))) return undefined;
  return { count: count < 0 ? '' : String(count && -count), ...defined({ age }) };
}

/** BullMQ names its scripts with its version behind a colon. ioredis knows a script when it has been called. */
function shaOf(client: RedisClient, name: string): string | undefined {
  for (const [known, script] of Object.entries<unknown>(client.scriptsSet)) {
    if (!known.startsWith(name) || typeof script !== 'object' || script === null) continue;
    const sha: unknown = Reflect.get(script, 'sha');
    if (typeof sha === 'string') return sha;
  }
  return undefined;
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
