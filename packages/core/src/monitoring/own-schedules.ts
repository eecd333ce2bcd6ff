/** The schedules of a principal who is bound to tenants: tenant by tenant, so that no cursor holds a key of another one's. */
import { defined } from '../defined.js';
import { JobOptionsError } from '../errors.js';
import type { SchedulePage, ScheduleQuery, Scheduler } from '../scheduler/scheduler.js';

/** Where a page ended: in which tenant, and the scheduler's own cursor there. */
interface Place {
  readonly tenant: string;
  readonly cursor?: string;
}

export async function listOwnSchedules(
  scheduler: Pick<Scheduler, 'list'>,
  tenants: readonly string[],
  { cursor, limit = 100, tenant: wanted, ...query }: ScheduleQuery,
): Promise<SchedulePage> {
  // Without a name it is nobody's.
  const named = [...new Set(tenants)].filter((tenant) => tenant !== '');
  const own = named.filter((tenant) => wanted === undefined || tenant === wanted).sort();
  let place: Place | undefined = cursor === undefined ? undefined : decode(cursor);
  const schedules: SchedulePage['schedules'][number][] = [];
  for (const tenant of own) {
    if (place && tenant < place.tenant) continue;
    if (schedules.length === limit) return { schedules, cursor: encode({ tenant }) };
    const inner = place?.tenant === tenant ? place.cursor : undefined;
    place = undefined;
    const page = await scheduler.list({
      ...query,
      tenant,
      limit: limit - schedules.length,
      ...defined({ cursor: inner }),
    });
    schedules.push(...page.schedules);
    if (page.cursor !== undefined) return { schedules, cursor: encode({ tenant, cursor: page.cursor }) };
  }
  return { schedules };
}

function encode({ tenant, cursor = '' }: Place): string {
  return Buffer.from(JSON.stringify([tenant, cursor])).toString('base64url');
}

/** @throws {JobOptionsError} */
function decode(text: string): Place {
  try {
    const [tenant, cursor]: unknown[] = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof tenant === 'string' && typeof cursor === 'string') return { tenant, ...(cursor ? { cursor } : {}) };
  } catch {
    // Told below.
  }
  throw new JobOptionsError('The cursor is not one that a list has given');
}
