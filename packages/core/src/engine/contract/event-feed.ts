/** What happens to the jobs of all queues, in all processes. */

/** What of a job's life is told. */
export const EVENT_KINDS = [
  'added',
  'waiting',
  'active',
  'delayed',
  'progress',
  'completed',
  'failed',
  'stalled',
  'removed',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** What happened to a job. */
export interface QueueEvent {
  readonly queue: string;
  /** The store's own. */
  readonly id: string;
  readonly kind: EventKind;
  readonly jobId: string;
  /**
   * How far somebody is in the events of all queues who has had this one: what to give as `after` later, also in another
   * process. Short, however many queues there are.
   */
  readonly place: string;
}

/** What there still is of the events behind a place. `unknown`: no queue has given it. */
export type EventsKept = 'all' | 'some' | 'unknown';

/** A part of what came behind a place, oldest first. */
export interface EventPage {
  readonly events: readonly QueueEvent[];
  readonly kept: EventsKept;
  /** How far it goes, which may be further than its last event. */
  readonly place: string;
  /** Whether this is all that has happened so far. */
  readonly isLast: boolean;
  /** Whether an event is in this part or before it: for those that follow as well. */
  readonly has: (event: QueueEvent) => boolean;
}

/**
 * The events of some queues as one sequence. A queue whose events can't be read, as its keys are damaged, is left out and
 * reported; an unreachable store fails all.
 */
export interface EventFeed {
  /** How far the queues are now: what to give as `after` for all that comes from now on. */
  now(): Promise<string>;
  /**
   * The events behind a place, a page at a time. Behind one that is `unknown` there are none, and `place` is that of now.
   * Only the last events are kept, some 10,000 a queue.
   */
  page(after: string): Promise<EventPage>;
  /** Calls `listener` with what comes behind a place of {@link EventFeed.now}, until the answered function is called. */
  follow(after: string, listener: (event: QueueEvent) => void): Promise<() => Promise<void>>;
}

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS);

/** Whether a store's name of an event is one that is told. */
export function isEventKind(name: string | undefined): name is EventKind {
  return name !== undefined && KINDS.has(name);
}
