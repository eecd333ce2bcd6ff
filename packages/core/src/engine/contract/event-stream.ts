/** What happens to the jobs of one queue, in all processes. */

/** What happened to a job, as the store tells all processes. */
export interface QueueEvent {
  /** The store's own, by which a listener can go on later. */
  readonly id: string;
  readonly kind:
    | 'added'
    | 'waiting'
    | 'active'
    | 'delayed'
    | 'progress'
    | 'completed'
    | 'failed'
    | 'stalled'
    | 'removed';
  readonly jobId: string;
  readonly failedReason?: string;
  readonly progress?: unknown;
}

/** What there still is of the events behind one. `unknown`: its id is none that the queue has given. */
export type EventsKept = 'all' | 'some' | 'unknown';

export interface EventStream {
  /**
   * Calls `listener` with what happens to jobs of this queue in all processes, in order. `after` is the id of an event:
   * what came since then and is still kept comes first; without it, what happens from now on.
   */
  events(listener: (event: QueueEvent) => void, after?: string): Promise<() => Promise<void>>;
  /** The id of the last event so far: what to give as `after` for all that comes from now on. */
  lastEventId(): Promise<string>;
  /** What `events` would still give behind `after`. Only the last events are kept, some 10,000 a queue. */
  eventsKept(after: string): Promise<EventsKept>;
}
