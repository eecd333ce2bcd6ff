/** `/events`: what happens in all queues, as server-sent events (HTML standard, section "Server-sent events"). */
import { z } from 'zod';
import { cursorCodec } from '../../coordination/cursor.js';
import { ArgumentError } from '../../errors.js';
import { maySeeTenant } from '../../http/authorize.js';
import type { Principal } from '../../http/principal.js';
import { tenantOfJob } from '../../queue/job-tenant.js';
import type { HubEvent, Positions } from '../event-hub.js';
import { defineRoute } from '../route.js';
import type { Services } from '../services.js';

/** A proxy cuts a connection on which nothing is said for a minute. ms */
const HEARTBEAT = 15_000;

/** What a client may leave unread; then it is let go, and comes back with `Last-Event-ID`. Bytes. */
const MAX_UNREAD = 256 * 1_024;

/** When a client that was let go comes back. ms */
const RETRY = 2_000;

/** By queue, the id of the last event that the client has had. */
const cursors = cursorCodec('events', z.record(z.string(), z.string()));

export const events = defineRoute({
  method: 'GET',
  path: '/events',
  summary:
    'Server-sent events of all queues: `added`, `waiting`, `active`, `progress`, `completed`, `failed`, …; goes on from `Last-Event-ID`. The event `missed` says that something may have been missed.',
  role: 'viewer',
  contentType: 'text/event-stream',
  async run({ request, principal, services }) {
    const lastEventId = request.headers.get('last-event-id') || undefined;
    const after = lastEventId === undefined ? undefined : readPositions(lastEventId);
    const stream = await openStream(services, principal, request.signal, {
      after: after ?? (await services.events.positions()),
      hasMissed: lastEventId !== undefined && after === undefined,
    });
    return new Response(stream, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    });
  },
});

async function openStream(
  services: Services,
  principal: Principal,
  signal: AbortSignal,
  { after, hasMissed }: { readonly after: Positions; readonly hasMissed: boolean },
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  const had = new Map(after);
  let stop: () => Promise<void> = async () => {};
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    clearInterval(heartbeat);
    signal.removeEventListener('abort', end);
    stop().catch((err) => services.access.logger.error({ err }, 'a listener to events could not be closed'));
    try {
      controller?.close();
    } catch {
      // The client has closed it already.
    }
  };
  const write = (text: string) => {
    if (ended || !controller) return;
    controller.enqueue(encoder.encode(text));
    if ((controller.desiredSize ?? 0) < 0) end();
  };
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT);
  heartbeat.unref();
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (opened) => {
        controller = opened;
      },
      cancel: end,
    },
    { highWaterMark: MAX_UNREAD, size: (chunk) => chunk.byteLength },
  );
  signal.addEventListener('abort', end, { once: true });
  // The id alone makes no event, and is what a client sends that comes back before there was one.
  write(`retry: ${RETRY}\nid: ${cursors.write(Object.fromEntries(had))}\n\n`);
  const isVisible = createFilter(services, principal);
  // One after the other: an event whose tenant has to be looked up holds back those behind it.
  let writing: Promise<void> = Promise.resolve();
  const pass = (event: HubEvent) => {
    writing = writing.then(async () => {
      had.set(event.queue, event.event.id);
      if (await isVisible(event)) write(format(event, had));
    });
    writing.catch(end);
  };
  try {
    const listening = await services.events.listen(pass, after);
    stop = listening.stop;
    if (hasMissed || !listening.complete) write('event: missed\ndata: {}\n\n');
    if (ended) await stop();
  } catch (error) {
    end();
    throw error;
  }
  return stream;
}

/** The id says how far the client is in each queue. */
function format({ queue, event }: HubEvent, had: Positions): string {
  return `id: ${cursors.write(Object.fromEntries(had))}\nevent: ${event.kind}\ndata: ${JSON.stringify({ queue, jobId: event.jobId })}\n\n`;
}

/** Undefined for an id that is not ours: the client gets later events, and a notice that it may have missed some. */
function readPositions(lastEventId: string): Positions | undefined {
  try {
    return new Map(Object.entries(cursors.read(lastEventId)));
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}

/** Jobs of other tenants are none of a bound principal's business. What is removed is nobody's any more. */
function createFilter({ access }: Services, principal: Principal): (event: HubEvent) => Promise<boolean> {
  if (!principal.tenants) return async () => true;
  return async ({ queue, event }) => {
    const { definition } = access.queue(queue);
    const [job] = await access.engine.queue(queue).getMany([event.jobId]);
    return job !== undefined && maySeeTenant(principal, tenantOfJob(definition, job));
  };
}
