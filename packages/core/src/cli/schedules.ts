/** `bizinsights-jobs schedules`: listed, paused, resumed, run. */
import { defined } from '../defined.js';
import type { Jobs } from '../jobs-instance.js';
import type { ScheduleView } from '../scheduler/view.js';
import { type Answer, type Flags, UsageError, wholeNumber } from './answer.js';
import { table } from './table.js';

/** What can be done to one, and what is said of it then. */
const ACTIONS = {
  pause: async (jobs: Jobs, key: string) => {
    await jobs.scheduler.pause(key);
    return { value: { key, paused: true }, text: `${key}: paused` };
  },
  resume: async (jobs: Jobs, key: string) => {
    await jobs.scheduler.resume(key);
    return { value: { key, paused: false }, text: `${key}: resumed` };
  },
  run: async (jobs: Jobs, key: string) => {
    const { id, queue } = await jobs.scheduler.runNow(key);
    return { value: { key, queue, jobId: id }, text: `${key}: added as job ${id} of ${queue}` };
  },
} as const;

const DEFAULT_LIMIT = 100;

export async function runSchedules(jobs: Jobs, flags: Flags): Promise<Answer> {
  const [action, ...more] = (['pause', 'resume', 'run'] as const).filter((name) => flags[name] !== undefined);
  if (more.length > 0) throw new UsageError(`--${action} and --${more.join(' and --')} cannot be given at once`);
  return action ? ACTIONS[action](jobs, flags[action] ?? '') : list(jobs, flags);
}

async function list(jobs: Jobs, { queue, tag, limit }: Flags): Promise<Answer> {
  const wanted = limit === undefined ? DEFAULT_LIMIT : wholeNumber('--limit', limit);
  const schedules: ScheduleView[] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.scheduler.list({
      limit: wanted - schedules.length,
      ...defined({ queue, tag, cursor }),
    });
    schedules.push(...page.schedules);
    cursor = page.cursor;
  } while (cursor !== undefined && schedules.length < wanted);
  const rows = schedules.map((one) => [one.key, one.queue, one.description, nextOf(one)]);
  const rest = cursor === undefined ? [] : ['There are more; --limit shows them.'];
  const text = rows.length === 0 ? 'There are no schedules.' : table(['schedule', 'queue', 'runs', 'next'], rows);
  return {
    value: { schedules: schedules.map(withoutData), isComplete: cursor === undefined },
    text: [text, ...rest].join('\n'),
  };
}

/** The data may hold what its queue redacts. */
function withoutData({ data: _, ...rest }: ScheduleView): Omit<ScheduleView, 'data'> {
  return rest;
}

function nextOf({ paused, next }: ScheduleView): string {
  if (paused) return 'paused';
  if (next === undefined) return 'ended';
  const date = new Date(next);
  // Of another release, which took any number: no reason to show none of the others.
  return Number.isNaN(date.getTime()) ? String(next) : date.toISOString();
}
