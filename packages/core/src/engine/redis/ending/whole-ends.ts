/**
 * Sends the end of a completed job as bytes that are there already, but for a few.
 *
 * BullMQ and ioredis make each of these commands out of 26 arguments, of which only the id, the time and the result differ
 * from one job to the next: that was a sixth of what Node spends on a job. Here the bytes that BullMQ's own arguments give
 * are kept, and the three are put in. Where the arguments are not in the places that are known here, or the client is of
 * another copy of ioredis, the end is sent as BullMQ sends it.
 */
import type { IQueueBackend, KeepJobs } from 'bullmq';
import type { Command } from 'ioredis';
import { loadIoredis } from '../../../on-demand.js';
import type { RedisClient } from '../connection/connection.js';

type Argument = string | number | boolean | Buffer | undefined;
type Ended = Parameters<IQueueBackend['moveToCompleted']>[0];

/** What BullMQ's backend for Redis makes and sends such a command with. */
interface ScriptBackend extends IQueueBackend {
  readonly moveToFinishedKeys: readonly unknown[];
  moveToCompletedArgs(
    job: Ended,
    value: string,
    remove: boolean | number | KeepJobs,
    token: string,
    fetchNext: boolean,
  ): Argument[];
  moveToFinished(id: string, args: unknown[]): Promise<unknown[]>;
  execCommand(client: unknown, name: string, args: unknown[]): Promise<unknown>;
}

/** Where the arguments are that differ: the job's key among the keys, the others behind the keys. */
const KEY = 11;
const [ID, TIME, VALUE, COUNT] = [0, 1, 3, 9];

/** Tokens whose commands are kept. A worker has another token after each wait for a job. */
const MOST_TOKENS = 500;

/** Changes a backend of a worker that sends its commands by `client`. Answers the same backend. */
export function sendEndsWhole(backend: IQueueBackend, client: RedisClient): IQueueBackend {
  const { Cluster, Command, Redis } = loadIoredis();
  if (!isScriptBackend(backend) || !(client instanceof Redis || client instanceof Cluster)) return backend;
  const End = endCommand(Command);
  const keys = backend.moveToFinishedKeys.length;
  const moveToCompleted = backend.moveToCompleted.bind(backend);
  const execCommand = backend.execCommand.bind(backend);
  const known = new Map<string, Template>();

  const templateFor = (job: Ended, text: string, remove: KeepJobs, token: string, fetchNext: boolean) => {
    const last = known.get(token);
    const { attempts } = job.opts;
    if (last?.remove === remove && last.fetchNext === fetchNext && last.attempts === attempts) return last;
    const args = backend.moveToCompletedArgs(job, text, remove, token, fetchNext);
    const sha = shaOf(client);
    if (sha === undefined || !hasKnownPlaces(args, keys, job.id ?? '', text)) return undefined;
    const template = { ...bytesOf(sha, args, keys), sha, remove, fetchNext, attempts };
    if (known.size >= MOST_TOKENS) known.clear();
    known.set(token, template);
    return template;
  };

  backend.moveToCompleted = (job, value, remove, token, fetchNext) => {
    const text = JSON.stringify(value) ?? 'null';
    const isUsual = typeof remove === 'object' && !job.parent;
    const template = isUsual ? templateFor(job, text, remove, token, fetchNext) : undefined;
    if (!template) return moveToCompleted(job, value, remove, token, fetchNext);
    const id = job.id ?? '';
    const finishedOn = Date.now();
    return backend.moveToFinished(id, [new End(template, id, finishedOn, text)]).then(
      (result) => ({ result, finishedOn }),
      (error) => {
        if (!isUnknownScript(error)) throw error;
        // A server that has not seen the script yet, and has done nothing: BullMQ's way sends it.
        return moveToCompleted(job, value, remove, token, fetchNext);
      },
    );
  };
  backend.execCommand = (proxy, name, args) => {
    const [end] = args;
    if (!(end instanceof End)) return execCommand(proxy, name, args);
    client.sendCommand(end);
    return end.promise;
  };
  return backend;
}

/** The bytes of a command, and for which jobs they are right. */
interface Template {
  /** Up to the key of the job. */
  readonly head: Buffer;
  /** The key of the job, without its id. */
  readonly base: string;
  /** Between the key and the id. */
  readonly keys: string;
  /** Between the time and the result. */
  readonly name: string;
  /** Behind the result. */
  readonly tail: Buffer;
  readonly sha: string;
  readonly remove: KeepJobs;
  readonly fetchNext: boolean;
  readonly attempts: number | undefined;
}

function bytesOf(sha: string, args: readonly Argument[], keys: number) {
  const join = (some: readonly Argument[]) => Buffer.concat(some.map(encode));
  const key = String(args[KEY]);
  const id = String(args[keys + ID]);
  return {
    head: Buffer.concat([Buffer.from(`*${args.length + 3}\r\n`), join(['evalsha', sha, keys, ...args.slice(0, KEY)])]),
    base: key.slice(0, key.length - id.length),
    keys: join(args.slice(KEY + 1, keys)).toString(),
    name: join(args.slice(keys + TIME + 1, keys + VALUE)).toString(),
    tail: join(args.slice(keys + VALUE + 1)),
  };
}

/** As ioredis does it: a missing one is empty. */
function encode(argument: Argument): Buffer {
  const bytes = Buffer.isBuffer(argument) ? argument : Buffer.from(String(argument ?? ''));
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Whether BullMQ's arguments are those that are known here. */
function hasKnownPlaces(args: readonly Argument[], keys: number, id: string, text: string): boolean {
  return (
    keys > KEY &&
    args.length === keys + COUNT &&
    String(args[KEY]).endsWith(`:${id}`) &&
    args[keys + ID] === id &&
    typeof args[keys + TIME] === 'number' &&
    args[keys + VALUE] === text
  );
}

/** A command whose bytes are made at once. ioredis asks for them again where it sends the command again. */
function endCommand(base: typeof Command) {
  return class End extends base {
    readonly #bytes: Buffer;

    constructor(template: Template, id: string, time: number, text: string) {
      const key = template.base + id;
      // Where the command goes in a Cluster is found by its first key.
      super('evalsha', [template.sha, 1, key], { replyEncoding: 'utf8' });
      const { head, tail } = template;
      const middle =
        `$${Buffer.byteLength(key)}\r\n${key}\r\n${template.keys}` +
        `$${Buffer.byteLength(id)}\r\n${id}\r\n$${String(time).length}\r\n${time}\r\n${template.name}` +
        `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
      const length = Buffer.byteLength(middle);
      const bytes = Buffer.allocUnsafe(head.length + length + tail.length);
      bytes.set(head);
      bytes.write(middle, head.length);
      bytes.set(tail, head.length + length);
      this.#bytes = bytes;
    }

    override toWritable(): Buffer {
      return this.#bytes;
    }
  };
}

function isScriptBackend(backend: IQueueBackend): backend is ScriptBackend {
  return ['moveToCompletedArgs', 'moveToFinished', 'execCommand'].every(
    (name) => typeof Reflect.get(backend, name) === 'function',
  );
}

/** BullMQ has named the script after its version. */
function shaOf(client: RedisClient): string | undefined {
  for (const [name, script] of Object.entries<unknown>(client.scriptsSet)) {
    if (!name.startsWith('moveToFinished:') || typeof script !== 'object' || script === null) continue;
    const sha: unknown = Reflect.get(script, 'sha');
    if (typeof sha === 'string') return sha;
  }
  return undefined;
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
