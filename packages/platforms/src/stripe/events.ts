/**
 * What has changed, from `/v1/events` ("List all events"), oldest first: Stripe lists the newest first, and the state of an
 * object must not be followed by an earlier one of the same second. So the read goes down to the oldest event, and then up
 * again with `ending_before`. Mostly it is one page, and one request.
 *
 * @see https://docs.stripe.com/api/events/list
 */
import { z } from 'zod';
import { checkAnswer } from '../http/answer.js';
import type { ReadOptions } from '../platform.js';
import type { DeletedRecord, PlatformRecord, RejectedRecord } from '../records/record.js';
import { loopGuard } from '../streams/loop-guard.js';
import { isMissing, type StripeAnswer, type StripeClient, type StripeQuery } from './client.js';
import { type FoundPage, list, PAGE_SIZE, type StripePosition } from './position.js';
import type { StripeResource } from './records.js';

const event = z.object({
  id: z.string().min(1),
  type: z.string(),
  created: z.number().int(),
  data: z.object({ object: z.unknown() }),
});
type StripeEvent = z.output<typeof event>;

const created = z.object({ created: z.number() });
const identity = z.object({ id: z.string() });
/** A refund or a dispute. */
const hint = z.object({ charge: z.string().nullish() });

type EventAnswer = StripeAnswer<{ readonly data: readonly StripeEvent[]; readonly has_more: boolean }>;

/** Events, newest first as they come, and whether there are newer ones. */
interface EventPage {
  readonly events: readonly StripeEvent[];
  readonly hasNewer: boolean;
}

/** The events from `at` on. The last page may be empty. */
export async function* eventPages(
  resource: StripeResource,
  client: StripeClient,
  options: ReadOptions,
  at: StripePosition,
): AsyncGenerator<FoundPage & { isLast: boolean }> {
  const ask = (behind: Parameters) => getEvents(resource, client, options, at, behind);
  const noLoop = loopGuard("Stripe's /v1/events");
  let next = at;
  let { events, hasNewer } = at.after ? await newerThan(at.after.id, ask) : await oldestOf(ask);
  for (;;) {
    const [newest] = events;
    if (newest) next = { ...next, after: { id: newest.id, created: newest.created } };
    yield { page: await applyEvents(resource, client, options, at, events), next, isLast: !hasNewer };
    if (!hasNewer || !next.after) return;
    noLoop(next.after.id);
    ({ events, hasNewer } = await newerThan(next.after.id, ask));
  }
}

type Parameters = NonNullable<StripeQuery['parameters']>;
type Ask = (behind: Parameters) => Promise<EventAnswer>;

async function newerThan(id: string, ask: Ask): Promise<EventPage> {
  try {
    const { data } = await ask([['ending_before', id]]);
    return { events: data.data, hasNewer: data.has_more };
  } catch (error) {
    // The event is older than 30 days by now: begin again where the events begin.
    if (isMissing(error)) return oldestOf(ask);
    throw error;
  }
}

async function oldestOf(ask: Ask): Promise<EventPage> {
  const noLoop = loopGuard("Stripe's /v1/events");
  let { data } = await ask([]);
  let hasNewer = false;
  while (data.has_more) {
    const oldest = data.data.at(-1);
    if (!oldest) break;
    noLoop(oldest.id);
    hasNewer = true;
    ({ data } = await ask([['starting_after', oldest.id]]));
  }
  return { events: data.data, hasNewer };
}

async function getEvents(
  { changes, hints, deletion }: StripeResource,
  client: StripeClient,
  { signal, now }: ReadOptions,
  at: StripePosition,
  behind: Parameters,
): Promise<EventAnswer> {
  const types = [...changes, ...hints, ...(deletion === undefined ? [] : [deletion])];
  const { data, asOf } = await client.get(list, {
    path: '/v1/events',
    parameters: [
      ['limit', String(PAGE_SIZE)],
      ['created[gte]', String(Math.floor(at.eventsFrom / 1_000))],
      ...types.map((type) => ['types[]', type] as const),
      ...behind,
    ],
    signal,
    now,
  });
  return { data: { ...data, data: checkAnswer(z.array(event), data.data, "Stripe's events") }, asOf };
}

/** The records that events bring, each in its newest state. */
async function applyEvents(
  resource: StripeResource,
  client: StripeClient,
  { signal, now }: ReadOptions,
  at: StripePosition,
  events: readonly StripeEvent[],
): Promise<FoundPage['page']> {
  const records = new Map<string, PlatformRecord>();
  const deleted = new Map<string, DeletedRecord>();
  const rejected: RejectedRecord[] = [];
  const hinted = new Map<string, number>();
  const remove = (one: DeletedRecord) => {
    records.delete(one.id);
    deleted.set(one.id, one);
  };
  const keep = (object: unknown, asOf: number) => {
    const sorted = resource.sort([object], asOf);
    rejected.push(...sorted.rejected);
    for (const one of sorted.deleted) remove(one);
    for (const record of sorted.records) {
      if (record.updatedAt >= (records.get(record.id)?.updatedAt ?? 0)) records.set(record.id, record);
    }
  };
  for (const { type, created: second, data } of events.toReversed()) {
    const happenedAt = second * 1_000;
    const { id = '' } = identity.safeParse(data.object).data ?? {};
    if (type === resource.deletion) {
      remove({ kind: resource.kind, id, deletedAt: happenedAt });
    } else if (resource.changes.includes(type)) {
      if (!isInList(data.object, happenedAt, at)) keep(data.object, happenedAt);
    } else {
      const { charge } = hint.safeParse(data.object).data ?? {};
      if (charge) hinted.set(charge, happenedAt);
    }
  }
  for (const [charge, happenedAt] of hinted) {
    const { data: object, asOf } = await client.get(z.unknown(), { path: `/v1/charges/${charge}`, signal, now });
    if (!isInList(object, happenedAt, at)) keep(object, asOf);
  }
  return { records: [...records.values()], rejected, deleted: [...deleted.values()] };
}

/** Whether the list, which was read before, already has what an event tells. */
function isInList(object: unknown, happenedAt: number, { from, asOf }: StripePosition): boolean {
  const second = created.safeParse(object).data?.created;
  const wasListed = second !== undefined && (from === null || second >= Math.floor(from / 1_000));
  return wasListed && happenedAt < asOf;
}
