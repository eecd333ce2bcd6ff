/** `/events`: what happens in all queues, as server-sent events (HTML standard, section "Server-sent events"). */
import type { QueueEvent } from '../../engine/contract.js';
import { maySeeTenant } from '../../http/authorize.js';
import type { Principal } from '../../http/principal.js';
import { tenantOfJob } from '../../queue/job-tenant.js';
import type { HubListener } from '../event-hub.js';
import { defineRoute } from '../route.js';
import type { Services } from '../services.js';

/** A proxy cuts a connection on which nothing is said for a minute. ms */
const HEARTBEAT = 15_000;

/** What a client may leave unread; then it is let go, and comes back with `Last-Event-ID`. Bytes. */
const MAX_UNREAD = 256 * 1_024;

/** When a client that was let go comes back. ms */
const RETRY = 2_000;

const encoder = new TextEncoder();
const STILL_HERE = encoder.encode(': still here\n\n');

/** What a place looks like: any other text of a client is not sent back to it. */
const PLACE = /^[\w.-]{1,1000}$/;

export const events = defineRoute({
  method: 'GET',
  path: '/events',
  summary:
    'Server-sent events of all queues: `added`, `waiting`, `active`, `progress`, `completed`, `failed`, …; goes on from `Last-Event-ID`. The event `missed` says that something may have been missed.',
  role: 'viewer',
  contentType: 'text/event-stream',
  async run({ request, principal, services }) {
    const after = request.headers.get('last-event-id') || undefined;
    return new Response(await openStream(services, principal, request.signal, after), {
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
  after: string | undefined,
): Promise<ReadableStream<Uint8Array>> {
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
  const write = (chunk: Uint8Array) => {
    if (ended || !controller) return;
    controller.enqueue(chunk);
    if ((controller.desiredSize ?? 0) < 0) end();
  };
  const passing = principal.tenants ? passVisible(services, principal, write, end) : passAll(write, end);
  const heartbeat = setInterval(() => write(passing.heartbeat()), HEARTBEAT);
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
  const begin = (place: string) =>
    write(encoder.encode(`retry: ${RETRY}\n${PLACE.test(place) ? `id: ${place}\n` : ''}\n`));
  try {
    stop = await services.events.listen(passing.listener, begin, after);
    if (ended) await stop();
  } catch (error) {
    end();
    throw error;
  }
  return stream;
}

/** How events are passed on to a client. */
interface Passing {
  readonly listener: HubListener;
  /** What shows that the stream lives. */
  readonly heartbeat: () => Uint8Array;
}

type Write = (chunk: Uint8Array) => void;

function passAll(write: Write, lost: () => void): Passing {
  return {
    listener: { event: ({ chunk }) => write(chunk), missed: (place) => write(missedFrom(place)), lost },
    heartbeat: () => STILL_HERE,
  };
}

/**
 * Passes on what a principal of some tenants may see. Jobs of others are none of its business, and what is removed is
 * nobody's any more. It hears how far it is all the same, so that it does not come back to what it may not see.
 */
function passVisible({ access }: Services, principal: Principal, write: Write, lost: () => void): Passing {
  const findTenant = async ({ queue, jobId }: QueueEvent) => {
    const [job] = await access.engine.queue(queue).getMany([jobId]);
    return job && tenantOfJob(access.queue(queue).definition, job);
  };
  // One after the other: an event whose tenant has to be looked up holds back those behind it.
  let writing: Promise<void> = Promise.resolve();
  let passed: string | undefined;
  const next = (work: () => void | Promise<void>) => {
    writing = writing.then(work);
    writing.catch(lost);
  };
  return {
    listener: {
      event: (event) =>
        next(async () => {
          const isVisible = maySeeTenant(principal, await event.tenant(findTenant));
          if (isVisible) write(event.chunk);
          passed = isVisible ? undefined : event.event.place;
        }),
      missed: (place) => next(() => write(missedFrom(place))),
      lost,
    },
    heartbeat() {
      const place = passed;
      passed = undefined;
      return place === undefined ? STILL_HERE : encoder.encode(`id: ${place}\n\n`);
    },
  };
}

function missedFrom(place: string): Uint8Array {
  return encoder.encode(`${PLACE.test(place) ? `id: ${place}\n` : ''}event: missed\ndata: {}\n\n`);
}
