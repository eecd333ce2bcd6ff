/** The schedules of a principal who is bound to tenants: tenant by tenant, so that no cursor holds a key of another one's. */
import { z } from 'zod';
import { cursorCodec } from '../coordination/cursor.js';
import { defined } from '../defined.js';
import type { SchedulePage, ScheduleQuery, Scheduler } from '../scheduler/scheduler.js';

/** Where a page ended: in which tenant, and the scheduler's own cursor there. */
const cursors = cursorCodec('own-schedules', z.object({ tenant: z.string(), cursor: z.string().optional() }));

/** @throws {ArgumentError} for a cursor that did not come from here */
export async function listOwnSchedules(
  scheduler: Pick<Scheduler, 'list'>,
  tenants: readonly string[],
  { cursor, limit = 100, tenant: wanted, ...query }: ScheduleQuery,
): Promise<SchedulePage> {
  // Without a name it is nobody's.
  const named = [...new Set(tenants)].filter((tenant) => tenant !== '');
  const own = named.filter((tenant) => wanted === undefined || tenant === wanted).sort();
  let place = cursor === undefined ? undefined : cursors.read(cursor);
  const schedules: SchedulePage['schedules'][number][] = [];
  for (const tenant of own) {
    if (place && tenant < place.tenant) continue;
    if (schedules.length === limit) return { schedules, cursor: cursors.write({ tenant }) };
    const inner = place?.tenant === tenant ? place.cursor : undefined;
    place = undefined;
    const page = await scheduler.list({
      ...query,
      tenant,
      limit: limit - schedules.length,
      ...defined({ cursor: inner }),
    });
    schedules.push(...page.schedules);
    if (page.cursor !== undefined) return { schedules, cursor: cursors.write({ tenant, cursor: page.cursor }) };
  }
  return { schedules };
}
