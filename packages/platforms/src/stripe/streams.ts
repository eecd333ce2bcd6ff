/**
 * A stream of Stripe: first the list, then the events.
 *
 * The list has what was created since ("created", newest first); what is older and has changed stands in `/v1/events`
 * alone, which go back 30 days ("Retrieve events"). Where the last read has ended before that, everything is read. The
 * events also bring what changes while the list is read, so nothing falls in between.
 *
 * @see https://docs.stripe.com/api/events
 */

import type { ReadOptions, Stream } from '../platform.js';
import { loopGuard } from '../streams/loop-guard.js';
import { type Start, streamCursor } from '../streams/stream-cursor.js';
import { isMissing, type StripeClient, type StripeQuery } from './client.js';
import { eventPages } from './events.js';
import { type FoundPage, list, PAGE_SIZE, place, position, type StripePosition } from './position.js';
import type { StripeResource } from './records.js';

/** "Retrieve events": 30 days. ms */
const EVENTS_KEPT = 30 * 86_400_000;

/** How far back a read may begin: a day less, as it takes time. ms */
const EVENTS_REACH = EVENTS_KEPT - 86_400_000;

/** What was told late is read again, ms. */
const OVERLAP = 5 * 60_000;

const cursors = streamCursor(position);

export function stripeStream(resource: StripeResource, client: StripeClient): Stream {
  return {
    name: resource.name,
    kind: resource.kind,
    async *read(options) {
      const start = startOf(options);
      let at: StripePosition | undefined = start.position;
      if (at?.phase !== 'events') {
        for await (const { page, next } of listPages(
          resource,
          client,
          options,
          at,
          firstMoment(start.seenUntil, options),
        )) {
          at = next;
          yield { ...page, cursor: cursors.within(next), isLast: false };
        }
      }
      if (!at) return;
      for await (const { page, next, isLast } of eventPages(resource, client, options, at)) {
        const cursor = isLast ? cursors.end(at.asOf) : cursors.within(next);
        yield { ...page, cursor, isLast };
      }
    },
  };
}

/** A read that was left so long ago that its events are gone begins anew, with everything. */
function startOf(options: ReadOptions): Start<StripePosition> {
  const start = cursors.start(options);
  const isTooOld = start.position && start.position.eventsFrom < options.now() - EVENTS_KEPT;
  return isTooOld ? { position: undefined, seenUntil: undefined } : start;
}

/** Where the read begins; undefined for everything. */
function firstMoment(seenUntil: number | undefined, { now, since }: ReadOptions): number | undefined {
  const isReachable = seenUntil !== undefined && seenUntil - OVERLAP > now() - EVENTS_REACH;
  const moments = [isReachable ? seenUntil - OVERLAP : undefined, since].filter((moment) => moment !== undefined);
  return moments.length > 0 ? Math.max(...moments) : undefined;
}

type Parameter = NonNullable<StripeQuery['parameters']>;

/** The list, newest first: who stands behind whom never changes. */
async function* listPages(
  resource: StripeResource,
  client: StripeClient,
  { signal, now }: ReadOptions,
  resumed: StripePosition | undefined,
  first: number | undefined,
): AsyncGenerator<FoundPage> {
  const noLoop = loopGuard(`Stripe's ${resource.path}`);
  let at = resumed;
  let after = resumed?.after ?? undefined;
  const from = resumed ? (resumed.from ?? undefined) : first;
  const fixed: Parameter = [
    ['limit', String(PAGE_SIZE)],
    ...(from === undefined ? [] : [['created[gte]', String(Math.floor(from / 1_000))] as const]),
  ];
  for (let more = true; more; ) {
    const ask = (behind: Parameter) =>
      client.get(list, { path: resource.path, parameters: [...fixed, ...behind], signal, now });
    const { data: answer, asOf } = await ask(after ? [['starting_after', after.id]] : []).catch((error: unknown) => {
      // The object was deleted since: go on at its second. What shares that second comes once more, and changes nothing.
      if (!after || !isMissing(error)) throw error;
      return ask([['created[lte]', String(after.created)]]);
    });
    after = lastPlace(answer.data) ?? after;
    more = answer.has_more;
    if (more) noLoop(after?.id ?? '');
    at = {
      phase: more ? 'list' : 'events',
      after: more ? (after ?? null) : null,
      from: from ?? null,
      asOf: at?.asOf ?? asOf,
      eventsFrom: at?.eventsFrom ?? (from === undefined ? asOf : Math.max(from, asOf - EVENTS_REACH)),
    };
    yield { page: resource.sort(answer.data, asOf), next: at };
  }
}

/** Where the next page starts: at the last object whose id can be read. */
function lastPlace(items: readonly unknown[]) {
  return items.map((item) => place.safeParse(item).data).findLast((found) => found !== undefined);
}
