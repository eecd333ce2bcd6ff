/** What happens to the jobs of one queue, kept for those that come later, as BullMQ keeps its stream of events. */
import type { EventsKept, QueueEvent } from '../contract.js';

/** As many as BullMQ keeps by default. */
const KEEP = 10_000;

interface Entry {
  readonly order: number;
  readonly event: QueueEvent;
}

/** One who listens, and the last event that came before. */
interface Subscription {
  readonly since: number;
  readonly listener: (event: QueueEvent) => void;
}

export class MemoryEvents {
  readonly #now: () => number;
  readonly #kept: Entry[] = [];
  readonly #subscriptions = new Set<Subscription>();
  #order = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  emit(event: Omit<QueueEvent, 'id'>): void {
    const order = ++this.#order;
    const entry = { order, event: { ...event, id: `${this.#now()}-${order}` } };
    this.#kept.push(entry);
    if (this.#kept.length > KEEP) this.#kept.shift();
    this.#deliver([entry], this.#subscriptions);
  }

  /** The id that the newest event has, or would have. */
  get lastId(): string {
    return `${this.#now()}-${this.#order}`;
  }

  kept(after: string): EventsKept {
    const order = /^\d+-(\d+)$/.exec(after)?.[1];
    if (order === undefined || Number(order) > this.#order) return 'unknown';
    return (this.#kept[0]?.order ?? 1) > Number(order) + 1 ? 'some' : 'all';
  }

  /** @param after id of an event: what came since then comes first */
  listen(listener: (event: QueueEvent) => void, after?: string): () => Promise<void> {
    const subscription = { listener, since: this.#order };
    this.#subscriptions.add(subscription);
    const last = after === undefined ? this.#order : Number(after.split('-')[1]);
    const missed = this.#kept.filter(({ order }) => order > last);
    this.#deliver(missed, [{ listener, since: last }]);
    return async () => {
      this.#subscriptions.delete(subscription);
    };
  }

  /** As from a real store: the listeners hear of it after what goes on now. */
  #deliver(entries: readonly Entry[], subscriptions: Iterable<Subscription>): void {
    queueMicrotask(() => {
      for (const { order, event } of entries) {
        for (const { since, listener } of subscriptions) if (order > since) listener(event);
      }
    });
  }
}
