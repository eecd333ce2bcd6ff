/** Many jobs of a queue on Redis, read by one script: all keys of a queue are in one slot. */
import { Job, type JobJson } from 'bullmq';
import { defined } from '../../defined.js';
import { canNameOther } from '../bullmq/keys.js';
import type { FoundJson } from '../bullmq/queue-store.js';
import { type JobText, PRIORITIES_LOOKED_AT, type StoredState } from '../contract.js';
import type { RedisClient } from './connection/connection.js';
import { READ_JOBS, READ_SIZES, READ_TEXTS } from './scripts/index.js';

/** Jobs that one script looks at: for so long nobody else is served. All scripts are sent at once. */
const BATCH = 200;

export const READ_SCRIPTS = {
  bizinsightsJobs: { numberOfKeys: 6, lua: READ_JOBS },
  bizinsightsSizes: { numberOfKeys: 1, lua: READ_SIZES },
  bizinsightsTexts: { numberOfKeys: 1, lua: READ_TEXTS },
} as const;

/** Runs a script by its name with its keys and arguments. */
export type CallReadScript = (name: keyof typeof READ_SCRIPTS, ...args: string[]) => Promise<unknown>;

/** Runs a script for ids, and gives its answers in their order. */
async function read(
  call: CallReadScript,
  name: keyof typeof READ_SCRIPTS,
  head: readonly string[],
  ids: readonly string[],
): Promise<unknown[]> {
  const batches: Promise<unknown>[] = [];
  for (let start = 0; start < ids.length; start += BATCH) {
    batches.push(call(name, ...head, ...ids.slice(start, start + BATCH)));
  }
  return (await Promise.all(batches)).flatMap((answer) => (Array.isArray(answer) ? answer : []));
}

const STATE_KEYS = ['completed', 'failed', 'delayed', 'prioritized', 'waiting-children', 'active'] as const;

/** @param base the beginning of the queue's keys, with its colon */
export async function readJobs(
  call: CallReadScript,
  base: string,
  ids: readonly string[],
): Promise<(FoundJson | undefined)[]> {
  const keys = STATE_KEYS.map((key) => base + key);
  const answers = await read(call, 'bizinsightsJobs', [...keys, base], ids);
  return ids.map((id, index) => toFound(id, answers[index]));
}

function toFound(id: string, answer: unknown): FoundJson | undefined {
  if (typeof answer === 'string') {
    if (canNameOther(id) && answer.startsWith('WRONGTYPE ')) return undefined;
    throw new Error(answer);
  }
  if (!Array.isArray(answer)) return undefined;
  const [state, fields]: unknown[] = answer;
  return isState(state) && Array.isArray(fields) ? { state, json: toJson(id, fields) } : undefined;
}

function isState(state: unknown): state is StoredState {
  return state === 'waiting' || STATE_KEYS.some((key) => key === state);
}

/** As BullMQ's own `getJobData`, which reads one job. */
function toJson(id: string, list: readonly unknown[]): JobJson {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(String(list[at]), String(list[at + 1]));
  const text = (name: string) => fields.get(name) || undefined;
  const number = (name: string) => (text(name) === undefined ? undefined : Number.parseInt(text(name) ?? '', 10));
  const parent = text('parent');
  return {
    id,
    name: text('name') ?? '',
    data: text('data') ?? '{}',
    opts: Job.optsFromJSON(text('opts')),
    progress: JSON.parse(text('progress') ?? '0'),
    timestamp: number('timestamp') ?? 0,
    attemptsStarted: number('ats') ?? 0,
    attemptsMade: number('attemptsMade') ?? number('atm') ?? 0,
    stalledCounter: number('stc') ?? 0,
    failedReason: text('failedReason') ?? '',
    returnvalue: text('returnvalue') ?? 'null',
    ...defined({
      delay: number('delay'),
      priority: number('priority'),
      finishedOn: number('finishedOn'),
      processedOn: number('processedOn'),
      repeatJobKey: text('rjk'),
      deduplicationId: text('deid'),
      deferredFailure: text('defa'),
      stacktrace: text('stacktrace'),
      parentKey: text('parentKey'),
      parent: parent === undefined ? undefined : JSON.parse(parent),
      processedBy: text('pb'),
    }),
  };
}

/** @param base the beginning of the queue's keys, with its colon */
export async function readSizes(call: CallReadScript, base: string, ids: readonly string[]): Promise<number[]> {
  const sizes = await read(call, 'bizinsightsSizes', [`${base}meta`, base], ids);
  return sizes.map(Number);
}

/** @param base the beginning of the queue's keys, with its colon */
export async function readTexts(call: CallReadScript, base: string, ids: readonly string[]): Promise<JobText[]> {
  const answers = await read(call, 'bizinsightsTexts', [`${base}meta`, base], ids);
  return ids.flatMap((id, index): JobText[] => {
    const answer = answers[index];
    const [data, failedReason, timestamp, opts]: unknown[] = Array.isArray(answer) ? answer : [];
    if (typeof data !== 'string') return [];
    const reason = typeof failedReason === 'string' ? failedReason : '';
    return [
      {
        id,
        data,
        failedReason: reason,
        timestamp: Number(timestamp),
        opts: JSON.parse(typeof opts === 'string' ? opts : '{}'),
      },
    ];
  });
}

/** BullMQ's scores of prioritized jobs: the priority by 2^32, and a counter. */
const OF_ONE_PRIORITY = 2 ** 32;

/** @param base the beginning of the queue's keys, with its colon */
export async function waitingHeads(client: RedisClient, base: string): Promise<string[]> {
  const heads: string[] = [];
  // The next job is at the end of the list.
  const [waiting, paused] = await Promise.all([client.lindex(`${base}wait`, -1), client.lindex(`${base}paused`, -1)]);
  for (const id of [waiting, paused]) if (id !== null) heads.push(id);
  let from = 0;
  for (let nth = 0; nth < PRIORITIES_LOOKED_AT; nth++) {
    const [id, score] = await client.zrangebyscore(`${base}prioritized`, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1);
    if (id === undefined) break;
    heads.push(id);
    from = (Math.floor(Number(score) / OF_ONE_PRIORITY) + 1) * OF_ONE_PRIORITY;
  }
  return heads;
}
