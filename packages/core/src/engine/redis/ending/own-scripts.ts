/**
 * Our scripts that end completed jobs and take the next ones, and how a worker sends them.
 *
 * BullMQ's are made for all kinds of jobs and take Redis longer. Where a job or its queue is not a usual one, ours have written
 * nothing, and BullMQ's are sent. Both leave the same behind, which a test compares for the versions of BullMQ's scripts that
 * are known here: with other versions, BullMQ's are sent for all.
 */
import { loadIoredis } from '../../../on-demand.js';
import type { RedisClient } from '../connection/connection.js';
import { defineNow } from '../connection/late-scripts.js';
import { END_COMPLETED, END_TOGETHER, TAKE_JOB } from '../scripts/index.js';
import { endCommand, type Head, headOf } from './end-command.js';
import { takenJobs } from './taken-job.js';

/** The SHA-1 of BullMQ's scripts that ours were made after. */
export const KNOWN_SCRIPTS = {
  moveToFinished: '69666e69dd5621df59067a03de685e55a486560d',
  moveToActive: 'd96ca626f1ea141b44a856b312fc636d99aa9ea9',
} as const;

const KEYS = 'wait active prioritized delayed completed events meta stalled marker pc'.split(' ');

export const OWN_SCRIPTS = {
  bizinsightsEndCompleted: { numberOfKeys: KEYS.length, lua: END_COMPLETED },
  bizinsightsEndTogether: { numberOfKeys: KEYS.length, lua: END_TOGETHER },
  bizinsightsTakeJob: { numberOfKeys: KEYS.length, lua: TAKE_JOB },
} as const;

type ScriptName = keyof typeof OWN_SCRIPTS;

/** What the scripts need of the worker. */
export interface OwnScriptsOptions {
  /** The beginning of BullMQ's keys of the queue, with its colon. */
  readonly base: string;
  /** ms */
  readonly lockDuration: number;
  /** Of the worker, shown as `processedBy` of its jobs. */
  readonly name: string;
  /** Runs our script by ioredis, which sends its text where the server does not know it. */
  readonly call: (name: ScriptName, ...args: string[]) => Promise<unknown>;
}

/** The scripts of one worker. */
export interface OwnScripts {
  /** Whether BullMQ's script is the one that ours was made after. */
  readonly isKnown: (script: keyof typeof KNOWN_SCRIPTS) => boolean;
  /** Its first call goes by ioredis, the others with bytes of our own. */
  readonly send: (name: ScriptName, args: readonly string[]) => Promise<unknown>;
  /** Whether Redis has run nothing, as it has forgotten the script. Its text goes with the next one then. */
  readonly wasForgotten: (error: unknown) => boolean;
  /** What the script answers that has looked for a job, as BullMQ's backend answers it. */
  readonly nextJob: (answer: readonly unknown[]) => unknown[] | Promise<unknown[]>;
}

/** Undefined for a client that is none of ioredis. */
export function ownScripts(client: RedisClient, options: OwnScriptsOptions): OwnScripts | undefined {
  const { Cluster, Command, Redis } = loadIoredis();
  if (!(client instanceof Redis || client instanceof Cluster)) return undefined;
  const { base, lockDuration, name: worker, call } = options;
  const keys = KEYS.map((key) => base + key);
  const fixed = [base, String(lockDuration), worker];
  const EndCommand = endCommand(Command);
  const heads = new Map<ScriptName, Head>();
  const known = new Set<keyof typeof KNOWN_SCRIPTS>();
  const jobOf = takenJobs();
  // ioredis hashes a script when it is first called, and sends its text where the server does not know it.
  const callOnce = async (name: ScriptName, args: readonly string[]) => {
    const answer = await call(name, ...keys, ...fixed, ...args);
    const sha = shaOf(client, name);
    if (sha !== undefined) heads.set(name, headOf(sha, keys, fixed));
    return answer;
  };
  return {
    isKnown(script) {
      if (known.has(script)) return true;
      if (shaOf(client, `${script}:`) !== KNOWN_SCRIPTS[script]) return false;
      known.add(script);
      return true;
    },
    send(name, args) {
      const head = heads.get(name);
      if (!head) return callOnce(name, args);
      const command = new EndCommand(head, args);
      client.sendCommand(command);
      return command.promise;
    },
    wasForgotten(error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) return false;
      heads.clear();
      return true;
    },
    nextJob([text, id, limited, later, count]) {
      if (typeof text !== 'string') return [null, id, limited, later];
      const fields = text.split('\0');
      if (fields.length === count) return [jobOf(fields), id, limited, later];
      // One of them has a zero byte in it.
      return client.hgetall(base + id).then((found) => [jobOf(Object.entries(found).flat()), id, limited, later]);
    },
  };
}

/** BullMQ names its scripts with its version behind a colon. */
function shaOf(client: RedisClient, name: string): string | undefined {
  defineNow(client, name);
  for (const [known, script] of Object.entries<unknown>(client.scriptsSet)) {
    if (!known.startsWith(name) || typeof script !== 'object' || script === null) continue;
    const sha: unknown = Reflect.get(script, 'sha');
    if (typeof sha === 'string') return sha;
  }
  return undefined;
}
