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
import type { IQueueBackend, KeepJobs } from 'bullmq';
import type { Command } from 'ioredis';
import { defined } from '../../../defined.js';
import { loadIoredis } from '../../../on-demand.js';
import type { RedisClient } from '../connection/connection.js';
import { END_COMPLETED, NOT_USUAL } from '../scripts/index.js';
import { takenJobs } from './taken-job.js';

/** The SHA-1 of BullMQ's moveToFinished that our script was made after. */
export const KNOWN_SCRIPT = '69666e69dd5621df59067a03de685e55a486560d';

const KEYS = 'wait active prioritized delayed completed events meta stalled marker pc'.split(' ');

/** Arguments of the script that differ from one end to the next. */
const ENDED_ARGUMENTS = 8;

const NAME = 'bizinsightsEndCompleted';

export const END_SCRIPTS = { [NAME]: { numberOfKeys: KEYS.length, lua: END_COMPLETED } } as const;

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
  if (!(client instanceof Redis || client instanceof Cluster)) return backend;
  const { base, lockDuration, name: worker, call } = options;
  const keys = KEYS.map((key) => base + key);
  const fixed = [base, String(lockDuration), worker];
  const EndCommand = endCommand(Command);
  const moveToCompleted = backend.moveToCompleted.bind(backend);
  const jobOf = takenJobs();
  let isKnown = false;
  let head: Head | undefined;
  // Nearly all jobs have the same one.
  let last: { readonly remove: object; readonly limits: ReturnType<typeof limitsOf> } | undefined;
  const knownLimitsOf = (remove: boolean | number | KeepJobs) => {
    if (typeof remove !== 'object') return limitsOf(remove);
    if (last?.remove !== remove) last = { remove, limits: limitsOf(remove) };
    return last.limits;
  };
  // ioredis hashes a script when it is first called, and sends its text where the server does not know it.
  const callOnce = async (args: readonly string[]) => {
    const answer = await call(NAME, ...keys, ...fixed, ...args);
    const sha = shaOf(client, NAME);
    if (sha !== undefined) head = headOf(sha, keys, fixed);
    return answer;
  };
  const send = (args: readonly string[]): Promise<unknown> => {
    if (!head) return callOnce(args);
    const command = new EndCommand(head, args);
    client.sendCommand(command);
    return command.promise;
  };

  backend.moveToCompleted = (job, value, remove, token, fetchNext) => {
    const limits = knownLimitsOf(remove);
    isKnown ||= shaOf(client, 'moveToFinished:') === KNOWN_SCRIPT;
    const byBullMq = () => moveToCompleted(job, value, remove, token, fetchNext);
    if (!isKnown || !limits || job.parent || job.opts.deduplication) return byBullMq();
    const finishedOn = Date.now();
    const result = JSON.stringify(value) ?? 'null';
    const isNextWanted = fetchNext && !backend.closing;
    return send(argumentsOf({ id: job.id ?? '', token, finishedOn, isNextWanted, result, ...limits })).then(
      (answer) => {
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
        head = undefined;
        return byBullMq();
      },
    );
  };
  return backend;
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
function argumentsOf({ id, token, finishedOn, isNextWanted, count, age, result }: Ended): readonly string[] {
  const oldest = age === undefined ? '' : String(finishedOn - age * 1_000);
  const due = String((finishedOn + 1) * 4_096 - 1);
  return [id, token, String(finishedOn), isNextWanted ? '1' : '0', count, oldest, due, result];
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

type EndCommand = ReturnType<typeof makeEndCommand>;

/** By ioredis's own class. One for all workers, so that what is compiled for it stays. */
const made = new WeakMap<typeof Command, EndCommand>();

function endCommand(base: typeof Command): EndCommand {
  const known = made.get(base) ?? makeEndCommand(base);
  made.set(base, known);
  return known;
}

/** A command whose bytes are made at once. ioredis asks for them again where it sends the command again. */
function makeEndCommand(base: typeof Command) {
  return class EndCommand extends base {
    readonly #bytes: Buffer;

    constructor({ sha, key, bytes }: Head, args: readonly string[]) {
      // Where the command goes in a Cluster is found by its first key.
      super('evalsha', [sha, 1, key], { replyEncoding: 'utf8' });
      let text = '';
      for (const argument of args) text += `$${argument.length}\r\n${argument}\r\n`;
      let size = Buffer.byteLength(text);
      // In one of them a character takes more than a byte.
      if (size !== text.length) {
        text = args.map(textOf).join('');
        size = Buffer.byteLength(text);
      }
      this.#bytes = Buffer.allocUnsafe(bytes.length + size);
      this.#bytes.set(bytes);
      this.#bytes.write(text, bytes.length);
    }

    override toWritable(): Buffer {
      return this.#bytes;
    }
  };
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
