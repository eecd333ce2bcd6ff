/** `/schedules`: recurring work listed, written, removed, paused, run. */

import { z } from 'zod';
import { defined } from '../../defined.js';
import { ScheduleError, ScheduleNotFoundError } from '../../errors.js';
import { maySeeTenant } from '../../http/authorize.js';
import { ApiError } from '../../http/envelope.js';
import type { Principal } from '../../http/principal.js';
import { createRedactor } from '../../queue/redact.js';
import { keptFields, sentFields } from '../../queue/schedule.js';
import type { ScheduleQuery } from '../../scheduler/scheduler.js';
import type { ScheduleView } from '../../scheduler/view.js';
import type { MonitoringAccess } from '../access.js';
import { PAGE_BYTES } from '../jobs/bounded-page.js';
import { createBreather } from '../jobs/bounded-read.js';
import { jsonBytes } from '../jobs/preview.js';
import { Previewer, truncated } from '../jobs/previewer.js';
import { listOwnSchedules } from '../own-schedules.js';
import { defineRoute } from '../route.js';
import { limit } from '../schemas.js';

/** Schedules that are read together. */
const READ_AT_ONCE = 20;

/** What is shown of the data of one. Bytes of JSON. */
const DATA_SHOWN = 20_000;

/** Times are epoch ms. */
const scheduleView = z.object({
  key: z.string(),
  queue: z.string(),
  description: z.string().describe('Its rhythm for people: `Every 2 hours`.'),
  ...keptFields,
  tenant: z.string().optional(),
  source: z.string().optional().describe('The source that wants it; absent when it was written by itself.'),
  next: z.number().optional().describe('Its next run; absent when it is paused or has ended.'),
  data: z.unknown().describe('Of each of its jobs; without the fields that its queue redacts.'),
  truncated,
});

export const listSchedules = defineRoute({
  method: 'GET',
  path: '/schedules',
  summary:
    'Schedules in the order of their keys (for who sees some tenants: tenant by tenant), by queue, tag and tenant. Page by page.',
  role: 'viewer',
  query: z.object({
    queue: z.string().optional(),
    tag: z.string().optional(),
    tenant: z.string().optional(),
    cursor: z.string().optional(),
    limit,
  }),
  answer: z.object({
    schedules: z.array(scheduleView),
    cursor: z.string().optional().describe('Asks for the next page; absent on the last.'),
  }),
  async run({ query, principal, services: { access } }) {
    const { queue, tag, tenant, cursor } = query;
    const wanted = {
      ...defined({ queue, tag, tenant }),
    };
    const { scheduler } = access;
    const { tenants } = principal;
    const list = (part: ScheduleQuery) =>
      tenants ? listOwnSchedules(scheduler, tenants, { ...wanted, ...part }) : scheduler.list({ ...wanted, ...part });
    const schedules: z.input<typeof scheduleView>[] = [];
    const breathe = createBreather();
    for (let [next, bytes] = [cursor, 0]; ; ) {
      // The data of a schedule may be large: a few are read at a time.
      const limit = Math.min(READ_AT_ONCE, query.limit - schedules.length);
      const page = await list({ limit, ...defined({ cursor: next }) });
      for (const one of page.schedules) {
        await breathe();
        const shown = show(access, one);
        bytes += jsonBytes(shown);
        schedules.push(shown);
      }
      next = page.cursor;
      if (next === undefined) return { schedules };
      if (schedules.length >= query.limit || bytes >= PAGE_BYTES) return { schedules, cursor: next };
    }
  },
});

const keyParams = z.object({ key: z.string() });

export const putSchedule = defineRoute({
  method: 'PUT',
  path: '/schedules/{key}',
  summary: 'Writes a schedule, new or changed. One that a source wants can be paused, not changed.',
  role: 'operator',
  params: keyParams,
  body: z.strictObject({
    queue: z.string(),
    data: z.unknown(),
    ...sentFields,
  }),
  answer: scheduleView,
  audit: ({ params, body }) => ({
    action: 'schedule:put',
    ...defined({ queue: body?.queue }),
    target: params.key,
  }),
  async run({ params: { key }, body, principal, services: { access } }) {
    await findVisible(access, key, principal);
    // Checked by the scheduler, which tells every problem with its field. It looks again at the one that there is.
    await access.scheduler.upsertChecked({ ...body, key }, (wanted, existing) => {
      if (existing && !maySeeTenant(principal, existing.tenant)) throw notFound(key);
      if (!maySeeTenant(principal, wanted.tenant)) {
        throw new ApiError('FORBIDDEN', 'The data is of a tenant whose jobs you do not see');
      }
    });
    return show(access, await getVisible(access, key, principal));
  },
});

export const removeSchedule = defineRoute({
  method: 'DELETE',
  path: '/schedules/{key}',
  summary: 'Ends a schedule. One that a source wants comes back: pause it instead.',
  role: 'admin',
  params: keyParams,
  body: z.strictObject({}).default({}),
  answer: z.object({ key: z.string(), removed: z.boolean() }),
  audit: ({ params }) => ({ action: 'schedule:remove', target: params.key }),
  async run({ params: { key }, principal, services: { access } }) {
    // One whose record cannot be read is nobody's that could be told: who may see all tenants can remove it.
    if (principal.tenants) await getVisible(access, key, principal);
    if (!(await access.scheduler.remove(key))) throw notFound(key);
    return { key, removed: true };
  },
});

export const actOnSchedule = defineRoute({
  method: 'POST',
  path: '/schedules/{key}',
  summary: 'Acts on a schedule: `pause` and `resume` it, or `run` it once now.',
  role: 'operator',
  params: keyParams,
  query: z.object({ action: z.enum(['pause', 'resume', 'run']) }),
  body: z.strictObject({}).default({}),
  answer: z.object({ key: z.string(), paused: z.boolean(), jobId: z.string().optional().describe('Of `run`.') }),
  audit: ({ params, query }) => ({ action: `schedule:${query.action}`, target: params.key }),
  async run({ params: { key }, query, principal, services: { access } }) {
    const { paused } = await getVisible(access, key, principal);
    switch (query.action) {
      case 'pause':
        await access.scheduler.pause(key);
        return { key, paused: true };
      case 'resume':
        await access.scheduler.resume(key);
        return { key, paused: false };
      case 'run':
        return { key, paused, jobId: (await access.scheduler.runNow(key)).id };
    }
  },
});

/** @throws {ScheduleNotFoundError} also for one of another tenant: that it exists is not told */
async function getVisible(access: MonitoringAccess, key: string, principal: Principal): Promise<ScheduleView> {
  const found = await findVisible(access, key, principal);
  if (!found) throw notFound(key);
  return found;
}

/**
 * Undefined where there is none.
 *
 * @throws {ScheduleNotFoundError} for one of another tenant, or one that can't be read so that nobody knows whose it is
 * @throws {ScheduleError} for one that can't be read, to who may see all tenants
 */
async function findVisible(
  { scheduler }: MonitoringAccess,
  key: string,
  principal: Principal,
): Promise<ScheduleView | undefined> {
  let found: ScheduleView | undefined;
  try {
    found = await scheduler.get(key);
  } catch (error) {
    throw principal.tenants && error instanceof ScheduleError ? notFound(key) : error;
  }
  if (found && !maySeeTenant(principal, found.tenant)) throw notFound(key);
  return found;
}

function notFound(key: string): ScheduleNotFoundError {
  return new ScheduleNotFoundError(`There is no schedule "${key}"`);
}

/** What is to be redacted, the queue says: data of a queue that this host does not know is not shown. */
function show({ queues }: MonitoringAccess, view: ScheduleView): z.input<typeof scheduleView> {
  const { source, next, data, tags, tenant, ...rest } = view;
  const queue = queues.find(({ name }) => name === view.queue);
  const redactor = createRedactor(queue?.redact ?? []);
  const previewer = new Previewer();
  const shown = queue ? previewer.value('data', redactor.data(data), DATA_SHOWN) : undefined;
  return {
    ...rest,
    ...(tenant ? { tenant: redactor.text(tenant, data) } : {}),
    tags: tags.map((tag) => redactor.text(tag, data)),
    ...defined({ source, next }),
    data: shown,
    ...previewer.said(),
  };
}
