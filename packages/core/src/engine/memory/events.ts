/** What happens to the jobs of all queues, kept for those that come later, as BullMQ keeps its streams of events. */
import type { EventFeed, EventKind, EventsKept, QueueEvent } from '../contract.js';

/** As many as BullMQ keeps of a queue by default. */
const KEEP = 10_000;

/** Tells what happens to a job of one queue. */
export type Tell = (kind: EventKind, jobId: string) => void;

/** One who listens, and the last event that came before. */
interface Subscription {
  readonly queues: ReadonlySet<string>;
  readonly since: number;
  readonly listener: (event: QueueEvent) => void;
}

export class MemoryEvents {
  readonly #assertOpen: () => void;
  readonly #kept: QueueEvent[] = [];
  readonly #subscriptions = new Set<Subscription>();
  #last = 0;

  constructor(assertOpen: () => void) {
    this.#assertOpen = assertOpen;
  }

  teller(queue: string): Tell {
    return (kind, jobId) => {
      this.#last += 1;
      const event = { queue, id: String(this.#last), kind, jobId, place: String(this.#last) };
      this.#kept.push(event);
      if (this.#kept.length > KEEP) this.#kept.shift();
      this.#deliver([event], this.#subscriptions);
    };
  }

  feed(names: readonly string[]): EventFeed {
    const queues = new Set(names);
    return {
      now: async () => {
        this.#assertOpen();
        return String(this.#last);
      },
      page: async (after) => {
        this.#assertOpen();
        const kept = this.#keptBehind(after);
        const last = this.#last;
        return {
          events: kept === 'unknown' ? [] : this.#behind(Number(after), queues),
          kept,
          place: String(last),
          isLast: true,
          has: ({ id }) => Number(id) <= last,
        };
      },
      follow: async (after, listener) => {
        this.#assertOpen();
        const subscription = { queues, since: this.#last, listener };
        this.#subscriptions.add(subscription);
        this.#deliver(this.#behind(Number(after), queues), [{ ...subscription, since: Number(after) }]);
        return async () => {
          this.#subscriptions.delete(subscription);
        };
      },
    };
  }

  #keptBehind(after: string): EventsKept {
    if (!/^\d{1,15}$/.test(after) || Number(after) > this.#last) return 'unknown';
    return Number(this.#kept[0]?.id ?? 1) > Number(after) + 1 ? 'some' : 'all';
  }

  #behind(after: number, queues: ReadonlySet<string>): QueueEvent[] {
    return this.#kept.filter(({ id, queue }) => Number(id) > after && queues.has(queue));
  }

  /** As from a real store: the listeners hear of it after what goes on now. */
  #deliver(events: readonly QueueEvent[], subscriptions: Iterable<Subscription>): void {
    queueMicrotask(() => {
      for (const event of events) {
        for (const { since, queues, listener } of subscriptions) {
          if (Number(event.id) > since && queues.has(event.queue)) listener(event);
        }
      }
    });
  }
}
