/**
 * What happens in all queues, for any number of listeners: one reader of the store, opened with the first listener and
 * closed with the last. Each event is written as text once.
 */
import type { EventFeed, EventPage, QueueEvent } from '../engine/contract.js';
import { toError } from '../errors.js';

/** Events kept for listeners that come back after a lost connection. */
const KEPT = 10_000;

/** How many listeners read at the same time what they have missed; the next ones wait for them. */
const CATCH_UPS = 5;

const encoder = new TextEncoder();

/** An event on its way to the listeners. */
export class HubEvent {
  readonly event: QueueEvent;
  #chunk: Uint8Array | undefined;
  #tenant: Promise<string | undefined> | undefined;

  constructor(event: QueueEvent) {
    this.event = event;
  }

  /** The event as it is sent. */
  get chunk(): Uint8Array {
    const { queue, kind, jobId, place } = this.event;
    this.#chunk ??= encoder.encode(`id: ${place}\nevent: ${kind}\ndata: ${JSON.stringify({ queue, jobId })}\n\n`);
    return this.#chunk;
  }

  /** Looks the tenant of its job up, once for all who ask. */
  tenant(find: (event: QueueEvent) => Promise<string | undefined>): Promise<string | undefined> {
    this.#tenant ??= find(this.event);
    return this.#tenant;
  }
}

/** One who listens. */
export interface HubListener {
  readonly event: (event: HubEvent) => void;
  /** Something may have been missed; it goes on behind this place. */
  readonly missed: (place: string) => void;
  /** Nothing comes any more, as the store could not be read: it should listen anew from where it is. */
  readonly lost: () => void;
}

interface Subscription {
  readonly listener: HubListener;
  /** What it has had already, as it read on by itself. */
  readonly has: EventPage['has'] | undefined;
}

export class EventHub {
  readonly #feed: EventFeed;
  readonly #onError: (error: Error) => void;
  /** All who hold the reader open, also while they catch up. */
  readonly #users = new Set<HubListener>();
  readonly #subscriptions = new Set<Subscription>();
  #open: Promise<OpenReader> | undefined;
  #catchUps: Promise<unknown>[] = [];

  constructor(feed: EventFeed, onError: (error: Error) => void) {
    this.#feed = feed;
    this.#onError = onError;
  }

  /**
   * Calls `listener` with what happens from now on or, with `after`, behind the last event that it has had.
   *
   * @param begin called first, with the place that it goes on from
   * @returns how to stop
   */
  async listen(listener: HubListener, begin: (place: string) => void, after?: string): Promise<() => Promise<void>> {
    this.#users.add(listener);
    const stop = () => this.#leave(listener);
    try {
      const reader = await this.#reader();
      const place = after ?? reader.place;
      begin(place);
      const missed = after === undefined ? [] : reader.behind(after);
      if (missed) {
        this.#join(listener, missed, undefined);
      } else {
        this.#catchUp(listener, reader, place).catch((error) => {
          this.#onError(toError(error));
          listener.lost();
        });
      }
      return stop;
    } catch (error) {
      await stop();
      throw error;
    }
  }

  #join(listener: HubListener, missed: readonly HubEvent[], has: Subscription['has']): void {
    for (const event of missed) listener.event(event);
    if (this.#users.has(listener)) this.#subscriptions.add({ listener, has });
  }

  /** Reads what a listener has missed from the store, page by page, until the reader of all has the rest. */
  async #catchUp(listener: HubListener, reader: OpenReader, after: string): Promise<void> {
    await this.#turn(async () => {
      let place = after;
      while (this.#users.has(listener)) {
        const page = await this.#feed.page(place);
        if (page.kept !== 'all') listener.missed(page.kept === 'unknown' ? page.place : place);
        for (const event of page.events) listener.event(new HubEvent(event));
        place = page.place;
        if (!page.isLast) continue;
        const rest = reader.notIn(page.has);
        if (rest) return this.#join(listener, rest, page.has);
      }
    });
  }

  /** A few at a time. */
  async #turn(work: () => Promise<void>): Promise<void> {
    while (this.#catchUps.length >= CATCH_UPS) await Promise.race(this.#catchUps);
    const done = work().finally(() => {
      this.#catchUps = this.#catchUps.filter((other) => other !== settled);
    });
    const settled = done.catch(() => undefined);
    this.#catchUps.push(settled);
    await done;
  }

  async #reader(): Promise<OpenReader> {
    this.#open ??= this.#openReader();
    try {
      return await this.#open;
    } catch (error) {
      this.#open = undefined;
      throw error;
    }
  }

  async #openReader(): Promise<OpenReader> {
    const place = await this.#feed.now();
    const reader = new OpenReader(place);
    reader.close = await this.#feed.follow(place, (event) => {
      const published = new HubEvent(event);
      reader.keep(published);
      for (const { listener, has } of this.#subscriptions) if (!has?.(event)) listener.event(published);
    });
    return reader;
  }

  async #leave(listener: HubListener): Promise<void> {
    this.#users.delete(listener);
    for (const subscription of this.#subscriptions)
      if (subscription.listener === listener) this.#subscriptions.delete(subscription);
    if (this.#users.size > 0 || !this.#open) return;
    const open = this.#open;
    this.#open = undefined;
    const reader = await open.catch(() => undefined);
    await reader?.close().catch((error) => this.#onError(toError(error)));
  }
}

/** The reader of all queues, and the last events that it has read. */
class OpenReader {
  close: () => Promise<void> = async () => {};
  readonly #recent: HubEvent[] = [];
  /** By place, how many events had been read up to it. */
  readonly #counts = new Map<string, number>();
  /** The last event of each queue that is not kept any more. */
  readonly #dropped = new Map<string, QueueEvent>();
  #read = 0;
  #place: string;

  constructor(beginning: string) {
    this.#place = beginning;
    this.#counts.set(beginning, 0);
  }

  get place(): string {
    return this.#place;
  }

  keep(published: HubEvent): void {
    const { event } = published;
    this.#read += 1;
    this.#place = event.place;
    this.#recent.push(published);
    this.#counts.set(event.place, this.#read);
    if (this.#recent.length <= 2 * KEPT) return;
    // Many at a time: to take the first one of a long list costs as much as all of it.
    for (const { event: old } of this.#recent.splice(0, KEPT)) {
      this.#counts.delete(old.place);
      this.#dropped.set(old.queue, old);
    }
  }

  /** What came behind a place; undefined for one that is not known here. */
  behind(place: string): HubEvent[] | undefined {
    const count = this.#counts.get(place);
    const first = this.#read - this.#recent.length;
    return count === undefined || count < first ? undefined : this.#recent.slice(count - first);
  }

  /** What somebody does not have; undefined when there may be more of that than is kept. */
  notIn(has: EventPage['has']): HubEvent[] | undefined {
    for (const event of this.#dropped.values()) if (!has(event)) return undefined;
    return this.#recent.filter(({ event }) => !has(event));
  }
}
