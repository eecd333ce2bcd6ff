/** A schedule as it is kept: checked, with nothing left open. */

import { type ZodType, z } from 'zod';
import { isTimeZone } from '../calendar.js';
import { defined } from '../defined.js';
import type { Engine } from '../engine/contract.js';
import { type Issue, JobDataError, JobOptionsError, ScheduleError, toIssues } from '../errors.js';
import { MAX_NAME_BYTES } from '../names.js';
import { type CheckedInput, checkInput, checkInputNow } from '../queue/data.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import { toStoredOptions } from '../queue/options.js';
import type { QueueRegistry } from '../queue/registry.js';
import { FIRST_TIME, LAST_TIME, LONGEST_AHEAD, planProblem } from './bounds.js';
import { cronProblem } from './cron-problem.js';
import { storageProblem } from './storable.js';

/** Times are epoch ms. */
export interface ScheduleDefinition {
  readonly key: string;
  readonly queue: string;
  /** As a job's is stored. */
  readonly data: unknown;
  readonly every?: number;
  readonly cron?: string;
  readonly timezone: string;
  readonly jitter: number;
  readonly startAt?: number;
  readonly endAt?: number;
  readonly overlap: 'skip' | 'allow';
  readonly catchUp: 'none' | 'one';
  readonly paused: boolean;
  readonly priority?: number;
  readonly tags: readonly string[];
  /** Whose its jobs are, by the queue's `tenant`. */
  readonly tenant?: string;
}

const DAY = 24 * 3_600_000;
const SHORTEST = 1_000;

/** No expression that means something is longer. Characters. */
const LONGEST_CRON = 1_000;

/** In the index of a store a line is one name. Half of a surrogate pair (Cs) is no text that every store can keep apart. */
const ONE_LINE = /^[^\p{Cc}\p{Cs}]+$/u;
const NAME_RULE = 'well-formed text without line breaks';

export const scheduleKey = z
  .string()
  .max(256)
  .regex(ONE_LINE, `must be 1 to 256 characters of ${NAME_RULE}`)
  .refine((key) => Buffer.byteLength(key) <= MAX_NAME_BYTES, `must be at most ${MAX_NAME_BYTES} bytes of UTF-8`);

/** One that says nothing of a time would be read in the zone of whichever machine reads it. */
const timeText = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** `2026-02-30` is a date for `new Date`, which makes 2 March of it; not so for zod. */
const time = z.union([z.date(), z.number().int(), timeText], {
  error: 'must be a date that there is: a Date, epoch ms, or a text like 2026-03-29T02:00:00Z or 2026-03-29',
});

/** Whether a schedule could have this key, queue or tag: else the store has none, and need not be asked. */
export function isName(name: string): boolean {
  return typeof name === 'string' && ONE_LINE.test(name);
}

/** What `upsert` and the monitoring API take, but for the data, which the queue's own schema checks. */
export const scheduleShape = z.strictObject({
  key: scheduleKey,
  queue: z.custom<string | { readonly name: string }>(isReference, 'must be a queue, or its name'),
  data: z.unknown(),
  every: z
    .number()
    .int()
    .min(SHORTEST, 'must be at least 1,000 ms')
    .max(LONGEST_AHEAD, 'must be at most ten years, in ms')
    .optional(),
  cron: z.string().max(LONGEST_CRON).optional(),
  timezone: z
    .string()
    .refine(isTimeZone, 'is not a zone that there is; use an IANA name such as Europe/Berlin, not an offset')
    .optional(),
  jitter: z.number().min(0).max(LONGEST_AHEAD).optional(),
  startAt: time.optional(),
  endAt: time.optional(),
  overlap: z.enum(['skip', 'allow']).optional(),
  catchUp: z.enum(['none', 'one']).optional(),
  paused: z.boolean().optional(),
  priority: z.number().optional(),
  tags: z
    .array(z.string().max(128).regex(ONE_LINE, `must be ${NAME_RULE}`))
    .max(20)
    .optional(),
});
type ScheduleInput = z.output<typeof scheduleShape>;

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
  const issues = [...checkRhythm(schedule), ...checkBounds(schedule)];
  if (issues.length === 0) issues.push(...checkNext(schedule, now()));
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
  schedule: ScheduleInput,
  queue: AnyQueueDefinition,
  { stored, tenant }: CheckedInput,
): ScheduleDefinition {
  const {
    key,
    every,
    cron,
    timezone = 'UTC',
    jitter = 0,
    overlap = 'skip',
    catchUp = 'one',
    paused = false,
  } = schedule;
  const { priority, tags = [] } = schedule;
  const [startAt, endAt] = [toTime(schedule.startAt), toTime(schedule.endAt)];
  return {
    key,
    queue: queue.name,
    data: stored,
    ...defined({ every, cron }),
    timezone,
    jitter,
    ...defined({ startAt, endAt }),
    overlap,
    catchUp,
    paused,
    ...defined({ priority }),
    tags: [...new Set(tags)],
    ...(queue.tenant ? { tenant } : {}),
  };
}

function checkRhythm({ every, cron, timezone = 'UTC', jitter = 0 }: ScheduleInput): Issue[] {
  if (every !== undefined && cron !== undefined) {
    return [{ path: ['cron'], message: 'and `every` are both given; a schedule has one of them' }];
  }
  if (cron === undefined) {
    if (every === undefined) return [{ path: ['every'], message: 'or `cron` is needed' }];
    return jitter > every ? [{ path: ['jitter'], message: `must be at most \`every\`, ${every} ms` }] : [];
  }
  const issues = jitter > DAY ? [{ path: ['jitter'], message: 'must be at most a day with `cron`, in ms' }] : [];
  const message = cronProblem(cron, timezone);
  return message === undefined ? issues : [...issues, { path: ['cron'], message }];
}

function checkBounds(schedule: ScheduleInput): Issue[] {
  const [start, end] = [toTime(schedule.startAt), toTime(schedule.endAt)];
  const issues = Object.entries({ startAt: start, endAt: end })
    .filter(([, at]) => at !== undefined && (at < FIRST_TIME || at > LAST_TIME))
    .map(([field]): Issue => ({ path: [field], message: 'must be from 1970 to 9999' }));
  if (start !== undefined && end !== undefined && start >= end) {
    issues.push({ path: ['endAt'], message: 'must be after `startAt`' });
  }
  return issues;
}

function checkNext(schedule: ScheduleInput, now: number): Issue[] {
  const { timezone = 'UTC', jitter = 0 } = schedule;
  const [startAt, endAt] = [toTime(schedule.startAt), toTime(schedule.endAt)];
  const problem = planProblem({ ...schedule, timezone, jitter, startAt, endAt }, now);
  return problem ? [problem] : [];
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

function toTime(value: z.output<ZodType<Date | number | string | undefined>>): number | undefined {
  return value === undefined ? undefined : typeof value === 'number' ? value : new Date(value).getTime();
}
