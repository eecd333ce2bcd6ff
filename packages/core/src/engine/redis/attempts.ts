/** What attempts keep on Redis. All keys of a queue's jobs and of what is kept for them are in one slot of a Cluster. */
import type { AttemptRef, AttemptStore } from '../bullmq/attempt-store.js';
import { decodeSaved } from '../saved-fields.js';
import {
  COUNT_DEATH,
  FORGET_SAVED,
  READ_SAVED,
  RECLAIM_JOB,
  SAVE_FIELD,
  SAVE_LOG,
  SAVE_PROGRESS,
} from './scripts/index.js';

export const ATTEMPT_SCRIPTS = {
  bizinsightsSaved: { numberOfKeys: 2, lua: READ_SAVED },
  bizinsightsSave: { numberOfKeys: 3, lua: SAVE_FIELD },
  bizinsightsForget: { numberOfKeys: 3, lua: FORGET_SAVED },
  bizinsightsProgress: { numberOfKeys: 3, lua: SAVE_PROGRESS },
  bizinsightsLog: { numberOfKeys: 2, lua: SAVE_LOG },
  bizinsightsCountDeath: { numberOfKeys: 1, lua: COUNT_DEATH },
  bizinsightsReclaim: { numberOfKeys: 4, lua: RECLAIM_JOB },
} as const;

/** Runs a script by its name with its keys and arguments. */
export type CallAttemptScript = (name: keyof typeof ATTEMPT_SCRIPTS, ...args: (string | number)[]) => Promise<unknown>;

/** What it works with. */
export interface RedisAttemptsOptions {
  /** Before the ids of BullMQ's own keys of the queue. */
  readonly base: string;
  /** Before the ids of what attempts have saved: in the slot of the queue. */
  readonly savedBase: string;
  /** Fails soon when Redis is away. */
  readonly call: CallAttemptScript;
  /** Waits for Redis: nobody waits for what is written by it. */
  readonly callPatiently: CallAttemptScript;
}

export function createRedisAttempts({ base, savedBase, call, callPatiently }: RedisAttemptsOptions): AttemptStore {
  const job = ({ id }: AttemptRef) => `${base}${id}`;
  const savedKey = ({ id }: AttemptRef) => `${savedBase}${id}`;
  const of = ({ started, addedAt }: AttemptRef) => [started, addedAt] as const;
  return {
    async saved(attempt) {
      const answer = await call('bizinsightsSaved', job(attempt), savedKey(attempt), ...of(attempt));
      if (!Array.isArray(answer)) return undefined;
      const fields: [string, string][] = [];
      for (let at = 0; at + 1 < answer.length; at += 2) fields.push([String(answer[at]), String(answer[at + 1])]);
      return decodeSaved(fields, attempt);
    },
    async save(attempt, field, value, ttl) {
      const keys = [job(attempt), savedKey(attempt), `${base}completed`];
      return (await call('bizinsightsSave', ...keys, ...of(attempt), attempt.id, field, value, ttl)) === 1;
    },
    async forget(attempt) {
      const keys = [job(attempt), savedKey(attempt), `${base}completed`];
      await call('bizinsightsForget', ...keys, ...of(attempt), attempt.id);
    },
    async progress(attempt, progress) {
      const keys = [job(attempt), `${base}events`, `${base}meta`];
      return (await callPatiently('bizinsightsProgress', ...keys, ...of(attempt), attempt.id, progress)) === 1;
    },
    async log(attempt, lines, keep) {
      const keys = [job(attempt), `${job(attempt)}:logs`];
      return (await callPatiently('bizinsightsLog', ...keys, ...of(attempt), keep, ...lines)) === 1;
    },
    async countDeath(attempt) {
      await call('bizinsightsCountDeath', job(attempt), ...of(attempt));
    },
    async reclaim(attempt, token, lockDuration) {
      const keys = [job(attempt), `${job(attempt)}:lock`, `${base}active`, `${base}stalled`];
      return (await call('bizinsightsReclaim', ...keys, ...of(attempt), attempt.id, token, lockDuration)) === 1;
    },
  };
}
