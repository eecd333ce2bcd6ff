/**
 * Ends completed jobs, and takes the next ones, by a script of ours.
 *
 * BullMQ's script is made for all kinds of jobs and takes Redis twice as long. Where a job is not a usual one (it has a parent,
 * children or a deduplication, the queue has a limiter, many earlier jobs are to be removed), ours has written nothing, and
 * BullMQ's is sent. Both leave the same behind, which a test compares for the version of BullMQ's script that is known here:
 * with another version, BullMQ's is sent for all.
 *
 * The command's bytes are made here too. ioredis makes them out of 26 arguments, most of which never differ: that was a sixth of
 * what Node spends on a job.
 */
import { type IQueueBackend, Job, type JobsOptions, type KeepJobs } from 'bullmq';
import type { Command } from 'ioredis';
import { defined } from '../../../defined.js';
import { loadIoredis } from '../../../on-demand.js';
import { codeOf } from '../../patience.js';
import type { RedisClient } from '../connection/connection.js';
import { END_COMPLETED, NOT_USUAL } from '../scripts/index.js';

/** The SHA-1 of BullMQ's moveToFinished that our script was made after. */
export const KNOWN_SCRIPT = '69666e69dd5621df59067a03de685e55a486560d';

const KEYS = 'wait active prioritized delayed completed events meta stalled marker pc'.split(' ');

/** Arguments of the script that differ from one end to the next. */
const ENDED_ARGUMENTS = 8;

const NAME = 'bizinsightsEndCompleted';

export const END_SCRIPTS = { [NAME]: { numberOfKeys: KEYS.length, lua: END_COMPLETED } } as const;

/** What BullMQ's backend for Redis sends such a command with. */
interface ScriptBackend extends IQueueBackend {
  moveToFinished(id: string, args: unknown[]): Promise<[taken?: { opts: JobsOptions } | null, ...others: unknown[]]>;
  execCommand(client: unknown, name: string, args: unknown[]): Promise<unknown>;
}

/** What the script needs of the worker. */
export interface EndOptions {
  /** The beginning of BullMQ's keys of the queue, with its colon. */
  readonly base: string;
  /** ms */
  readonly lockDuration: number;
  /** Of the worker, shown as `processedBy` of its jobs. */
  readonly name: string;
  /** Runs our script by ioredis, which sends its text where the server does not know it. */
  readonly call: (name: typeof NAME, ...args: string[]) => Promise<unknown>;
}

/** Changes a backend of a worker that sends its commands by `client`. Answers the same backend. */
export function endCompletedJobs(backend: IQueueBackend, client: RedisClient, options: EndOptions): IQueueBackend {
  const { Cluster, Command, Redis } = loadIoredis();
  if (!isScriptBackend(backend) || !(client instanceof Redis || client instanceof Cluster)) return backend;
  const { base, lockDuration, name: worker, call } = options;
  const keys = KEYS.map((key) => base + key);
  const fixed = [base, String(lockDuration), worker];
  const EndCommand = endCommand(Command);
  const moveToCompleted = backend.moveToCompleted.bind(backend);
  const execCommand = backend.execCommand.bind(backend);
  let isKnown = false;
  let head: Head | undefined;
  // Nearly all jobs have the same one.
  let last: { readonly remove: object; readonly limits: ReturnType<typeof limitsOf> } | undefined;
  let lastOptions: { readonly text: string; readonly options: JobsOptions } | undefined;
  const knownLimitsOf = (remove: boolean | number | KeepJobs) => {
    if (typeof remove !== 'object') return limitsOf(remove);
    if (last?.remove !== remove) last = { remove, limits: limitsOf(remove) };
    return last.limits;
  };
  /** A job has a copy of them, and nothing changes what is in it. */
  const optionsOf = (text: string): JobsOptions => {
    if (lastOptions?.text !== text) lastOptions = { text, options: Job.optsFromJSON(text) };
    return lastOptions.options;
  };

  backend.moveToCompleted = (job, value, remove, token, fetchNext) => {
    const limits = knownLimitsOf(remove);
    isKnown ||= shaOf(client, 'moveToFinished:') === KNOWN_SCRIPT;
    if (!isKnown || !limits || job.parent || job.opts.deduplication) {
      return moveToCompleted(job, value, remove, token, fetchNext);
    }
    const { id = '' } = job;
    const finishedOn = Date.now();
    const result = JSON.stringify(value) ?? 'null';
    const isNextWanted = fetchNext && !backend.closing;
    const end = new End({ id, token, finishedOn, isNextWanted, result, ...limits });
    return backend.moveToFinished(id, [end]).then(
      (next) => {
        const [taken] = next;
        if (taken && end.optionsOfNext !== undefined) taken.opts = optionsOf(end.optionsOfNext);
        return { result: next, finishedOn };
      },
      (error) => {
        if (isUnknownScript(error)) head = undefined;
        else if (codeOf(error) !== NOT_USUAL) throw error;
        return moveToCompleted(job, value, remove, token, fetchNext);
      },
    );
  };
  /** Read one by one by ioredis, the fields of the next job are a tenth of what Node spends on a job. */
  const withFields = (end: End, answer: unknown): unknown => {
    if (!Array.isArray(answer) || typeof answer[0] !== 'string') return answer;
    const [text, id, limited, later, count] = answer;
    const fields = text.split('\0');
    if (fields.length === count) {
      end.optionsOfNext = takeOptions(fields);
      return [fields, id, limited, later];
    }
    // One of them has a zero byte in it.
    return client.hgetall(base + id).then((found) => [Object.entries(found).flat(), id, limited, later]);
  };
  // ioredis hashes a script when it is first called, and sends its text where the server does not know it.
  const callOnce = async (end: End) => {
    const answer = await withFields(end, await call(NAME, ...keys, ...fixed, ...end.args));
    const sha = shaOf(client, NAME);
    if (sha !== undefined) head = headOf(sha, keys, fixed);
    return answer;
  };
  backend.execCommand = (proxy, name, args) => {
    const [end] = args;
    if (!(end instanceof End)) return execCommand(proxy, name, args);
    if (!head) return callOnce(end);
    const command = new EndCommand(head, end);
    client.sendCommand(command);
    return command.promise.then((answer) => withFields(end, answer));
  };
  return backend;
}

/**
 * Takes the options out of the fields of a job, names and values in turns. BullMQ decodes them for each job, which is more work
 * than all other fields, and nearly all jobs of a queue have the same ones.
 */
function takeOptions(fields: string[]): string | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] === 'opts') return fields.splice(at, 2)[1];
  }
  return undefined;
}

/** What differs from one end to the next. */
interface Ended {
  readonly id: string;
  readonly token: string;
  /** Epoch ms. */
  readonly finishedOn: number;
  readonly isNextWanted: boolean;
  readonly result: string;
  readonly count: string;
  /** s */
  readonly age?: number;
}

/** The end of a job, as our script takes it. */
class End {
  readonly args: readonly string[];
  /** As text: those of the job that it has taken. */
  optionsOfNext: string | undefined;

  constructor({ id, token, finishedOn, isNextWanted, count, age, result }: Ended) {
    const oldest = age === undefined ? '' : String(finishedOn - age * 1_000);
    const due = String((finishedOn + 1) * 4_096 - 1);
    this.args = [id, token, String(finishedOn), isNextWanted ? '1' : '0', count, oldest, due, result];
  }
}

/** What the script takes for the number of earlier jobs to keep, and their age; undefined where that is not for it. */
function limitsOf(remove: boolean | number | KeepJobs): Pick<Ended, 'count' | 'age'> | undefined {
  if (typeof remove === 'boolean') return { count: remove ? '0' : '' };
  const {
    count = -1,
    age,
    limit = 1,
  }: { count?: number; age?: number; limit?: number } = typeof remove === 'number' ? { count: remove } : remove;
  if (!Number.isInteger(count) || limit < 1 || (age !== undefined && !(age > 0))) return undefined;
  return { count: count < 0 ? '' : String(count && -count), ...defined({ age }) };
}

/** The beginning of all commands of a worker. */
interface Head {
  readonly sha: string;
  readonly key: string;
  readonly bytes: Buffer;
}

function headOf(sha: string, keys: readonly string[], fixed: readonly string[]): Head {
  const args = ['evalsha', sha, String(keys.length), ...keys, ...fixed];
  const bytes = Buffer.from(`*${args.length + ENDED_ARGUMENTS}\r\n${args.map(textOf).join('')}`);
  return { sha, key: keys[0] ?? '', bytes };
}

/** An argument as it goes to Redis. */
function textOf(argument: string): string {
  return `$${Buffer.byteLength(argument)}\r\n${argument}\r\n`;
}

/** A command whose bytes are made at once. ioredis asks for them again where it sends the command again. */
function endCommand(base: typeof Command) {
  return class EndCommand extends base {
    readonly #bytes: Buffer;

    constructor({ sha, key, bytes }: Head, { args }: End) {
      // Where the command goes in a Cluster is found by its first key.
      super('evalsha', [sha, 1, key], { replyEncoding: 'utf8' });
      let text = '';
      for (const argument of args) text += textOf(argument);
      this.#bytes = Buffer.allocUnsafe(bytes.length + Buffer.byteLength(text));
      this.#bytes.set(bytes);
      this.#bytes.write(text, bytes.length);
    }

    override toWritable(): Buffer {
      return this.#bytes;
    }
  };
}

function isScriptBackend(backend: IQueueBackend): backend is ScriptBackend {
  return ['moveToFinished', 'execCommand'].every((name) => typeof Reflect.get(backend, name) === 'function');
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
