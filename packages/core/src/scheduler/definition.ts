/** A schedule as it is kept: checked, with nothing left open. */

import { z } from 'zod';
import type { Engine } from '../engine/contract.js';
import { depthProblem, TOO_DEEP } from '../engine/json-depth.js';
import { type Issue, JobDataError, JobOptionsError, ScheduleError, toIssues } from '../errors.js';
import { MAX_NAME_BYTES } from '../names.js';
import { type CheckedInput, checkInput, checkInputNow } from '../queue/data.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import { toStoredOptions } from '../queue/options.js';
import type { QueueRegistry } from '../queue/registry.js';
import { givenFields, type KeptFields, NAME_RULE, ONE_LINE } from '../queue/schedule.js';
import { planProblem } from './bounds.js';

/** Times are epoch ms. */
export interface ScheduleDefinition extends KeptFields {
  readonly key: string;
  readonly queue: string;
  /** As a job's is stored. */
  readonly data: unknown;
  /** Whose its jobs are, by the queue's `tenant`. */
  readonly tenant?: string;
}

const DAY = 24 * 3_600_000;

export const scheduleKey = z
  .string()
  .max(256)
  .regex(ONE_LINE, `must be 1 to 256 characters of ${NAME_RULE}`)
  .refine((key) => Buffer.byteLength(key) <= MAX_NAME_BYTES, `must be at most ${MAX_NAME_BYTES} bytes of UTF-8`);

/** Whether a schedule could have this key, queue or tag: else the store has none, and need not be asked. */
export function isName(name: string): boolean {
  return typeof name === 'string' && ONE_LINE.test(name);
}

/** What `upsert` and the monitoring API take, but for the data, which the queue's own schema checks. */
const scheduleShape = z.strictObject({
  key: scheduleKey,
  queue: z.custom<string | { readonly name: string }>(isReference, 'must be a queue, or its name'),
  data: z.unknown(),
  ...givenFields,
});
type CheckedSchedule = z.output<typeof scheduleShape>;

/**
 * Checks a schedule.
 *
 * @throws {ScheduleError} with every problem and its field
 */
export async function checkSchedule(
  input: unknown,
  {
    queues,
    engine,
    now,
  }: { readonly queues: QueueRegistry; readonly engine: Pick<Engine, 'dataProblem'>; readonly now: () => number },
): Promise<ScheduleDefinition> {
  const parsed = scheduleShape.safeParse(input);
  if (!parsed.success) throw refuseSchedule(nameOf(input), toIssues(parsed.error.issues));
  const schedule = parsed.data;
  const queueName = typeof schedule.queue === 'string' ? schedule.queue : schedule.queue.name;
  const issues = checkTogether(schedule);
  const problem = issues.length === 0 ? planProblem(schedule, now()) : undefined;
  if (problem) issues.push(problem);
  const queue = queues.names.includes(queueName) ? queues.get(queueName) : undefined;
  if (!queue) {
    issues.push({ path: ['queue'], message: `"${queueName}" is not registered; known are ${queues.names.join(', ')}` });
  } else {
    issues.push(...checkPriority(queue, schedule.priority));
    const data = await checkData(queue, schedule.data, engine);
    if ('issues' in data) issues.push(...data.issues);
    else if (issues.length === 0) return toDefinition(schedule, queue, data);
  }
  throw refuseSchedule(schedule.key, issues);
}

function toDefinition(
  { queue: _reference, data: _data, ...fields }: CheckedSchedule,
  queue: AnyQueueDefinition,
  { stored, tenant }: CheckedInput,
): ScheduleDefinition {
  return {
    ...fields,
    queue: queue.name,
    data: stored,
    ...(queue.tenant ? { tenant } : {}),
  };
}

/** What no field can tell alone. */
function checkTogether({ every, cron, jitter, startAt, endAt }: CheckedSchedule): Issue[] {
  const issues: Issue[] = [];
  const refuse = (field: string, message: string) => issues.push({ path: [field], message });
  if (every !== undefined && cron !== undefined)
    refuse('cron', 'and `every` are both given; a schedule has one of them');
  else if (every === undefined && cron === undefined) refuse('every', 'or `cron` is needed');
  else if (every !== undefined && jitter > every) refuse('jitter', `must be at most \`every\`, ${every} ms`);
  else if (every === undefined && jitter > DAY) refuse('jitter', 'must be at most a day with `cron`, in ms');
  if (startAt !== undefined && endAt !== undefined && startAt >= endAt) refuse('endAt', 'must be after `startAt`');
  return issues;
}

/** By the same rules as that of a job. */
function checkPriority(queue: AnyQueueDefinition, priority: number | undefined): Issue[] {
  if (priority === undefined) return [];
  try {
    toStoredOptions(queue, { priority });
    return [];
  } catch (error) {
    if (!(error instanceof JobOptionsError)) throw error;
    const message = error.message.replace(/^[\s\S]*?"priority" /, '');
    return [{ path: ['priority'], message }];
  }
}

async function checkData(
  queue: AnyQueueDefinition,
  data: unknown,
  { dataProblem = () => undefined }: Pick<Engine, 'dataProblem'>,
): Promise<CheckedInput | { readonly issues: Issue[] }> {
  try {
    const checked = checkInputNow(queue, data) ?? (await checkInput(queue, data));
    // A job whose tenant can't be told is nobody's. A schedule would make such jobs for ever: it is refused.
    queue.tenant?.(checked.output);
    const problem = storageProblem(checked.stored) ?? dataProblem(JSON.stringify(checked.stored) ?? '{}');
    return problem ? { issues: [{ path: ['data'], message: `can't be stored: ${problem}` }] } : checked;
  } catch (error) {
    if (error instanceof JobDataError) {
      return { issues: error.issues.map((issue) => ({ ...issue, path: ['data', ...issue.path] })) };
    }
    // The host's own code. What it says may hold the data, which is not for everyone who may write a schedule.
    return { issues: [{ path: ['data'], message: 'makes the schema of its queue, or its `tenant`, throw' }] };
  }
}

/** Why data can't be stored, on any engine; undefined when it can. */
function storageProblem(data: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    // A bigint, a circle, a `toJSON` that throws, or more levels than V8 goes down.
    return error instanceof RangeError ? TOO_DEEP : `${error instanceof Error ? error.message : error}`;
  }
  if (text === undefined) return data === undefined ? undefined : 'it is nothing that JSON can carry';
  return depthProblem(text);
}

/** What is thrown for a schedule that can't be written. */
export function refuseSchedule(key: string, issues: readonly Issue[], options?: ErrorOptions): ScheduleError {
  return new ScheduleError(`Schedule "${key}" is invalid`, issues, options);
}

function nameOf(input: unknown): string {
  const key: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'key') : undefined;
  return typeof key === 'string' ? key : '?';
}

function isReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'string';
  return 'name' in value && typeof value.name === 'string';
}
