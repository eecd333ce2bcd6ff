/**
 * What happens in all queues, for any number of listeners: one connection a queue, opened with the first listener and
 * closed with the last.
 */
import type { EventStream, QueueEvent } from '../engine/contract.js';
import { ERROR_CODES, toError } from '../errors.js';

/** Events kept of each queue, for listeners that come back after a lost connection. */
const KEPT = 1_000;

/** How many listeners may go on from further back than that at a time: each needs connections of its own. */
const MAX_REPLAYS = 20;

/** What happened, and in which queue. Without the progress or the error, which may be large. */
export interface HubEvent {
  readonly queue: string;
  readonly event: Pick<QueueEvent, 'id' | 'kind' | 'jobId'>;
}

/** The last event that a listener has had of each queue. */
export type Positions = ReadonlyMap<string, string>;

/** What of a queue it listens to. */
export interface ObservedQueue extends EventStream {
  readonly name: string;
}

export class EventHub {
  readonly #queues: readonly ObservedQueue[];
  readonly #onError: (error: Error) => void;
  readonly #listeners = new Set<(event: HubEvent) => void>();
  readonly #recent = new Map<string, HubEvent['event'][]>();
  /** Where the connections that are open now began. */
  #beginnings: Positions = new Map();
  #open: Promise<(() => Promise<void>)[]> | undefined;
  #replays = 0;

  constructor(queues: readonly ObservedQueue[], onError: (error: Error) => void) {
    this.#queues = queues;
    this.#onError = onError;
  }

  /** How far each queue is now: what a new listener goes on from when it comes back before anything has happened. */
  async positions(): Promise<Positions> {
    return new Map(await this.#ofEach(async (queue) => [queue.name, await queue.lastEventId()] as const));
  }

  /**
   * Calls `listener` with what happens from now on or, with `after`, from what it has had last.
   *
   * @param after `complete` is false for a place that is not known (any more): the listener has missed something then, and
   * gets what there still is
   */
  async listen(
    listener: (event: HubEvent) => void,
    after?: Positions,
  ): Promise<{ readonly complete: boolean; stop(): Promise<void> }> {
    this.#listeners.add(listener);
    try {
      await this.#start();
    } catch (error) {
      await this.#leave(listener);
      throw error;
    }
    const stop = () => this.#leave(listener);
    if (!after) return { complete: true, stop };
    const missed = this.#missed(after);
    if (missed) {
      for (const event of missed) listener(event);
      return { complete: true, stop };
    }
    if (this.#replays >= MAX_REPLAYS) return { complete: false, stop };
    // From further back than we remember: this listener gets the store's own record, on connections of its own.
    this.#listeners.delete(listener);
    this.#replays += 1;
    let complete = true;
    const end = async (closers: readonly (() => Promise<void>)[]) => {
      this.#replays -= 1;
      await Promise.all([...closers.map((close) => close()), this.#leave(listener)]);
    };
    try {
      const closers = await this.#ofEach(async (queue) => {
        const place = after.get(queue.name);
        const kept = place === undefined ? 'all' : await queue.eventsKept(place);
        if (kept !== 'all') complete = false;
        const from = kept === 'unknown' ? undefined : place;
        return queue.events((event) => listener(withoutContents(queue.name, event)), from);
      }, closeAll);
      return { complete, stop: () => end(closers) };
    } catch (error) {
      await end([]);
      throw error;
    }
  }

  /**
   * Asks each queue. One whose events can't be read, as its keys are damaged, is left out and told, and takes none away
   * from the others. A store that is away is no fault of one queue: then all fail.
   *
   * @param undo what has been answered when all fail
   */
  async #ofEach<Answer>(
    ask: (queue: ObservedQueue) => Promise<Answer>,
    undo: (answers: readonly Answer[]) => Promise<unknown> = async () => undefined,
  ): Promise<Answer[]> {
    const settled = await Promise.allSettled(this.#queues.map(ask));
    const answers = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [toError(one.reason)] : []));
    const fatal = errors.find((error) => 'code' in error && error.code === ERROR_CODES.EngineUnavailableError);
    const thrown = fatal ?? (answers.length === 0 ? errors[0] : undefined);
    if (!thrown) {
      for (const error of errors) this.#onError(error);
      return answers;
    }
    await undo(answers);
    throw thrown;
  }

  /** What a listener has not had, oldest first; undefined when that goes further back than is remembered. */
  #missed(after: Positions): HubEvent[] | undefined {
    const missed: HubEvent[] = [];
    for (const [queue, id] of after) {
      const recent = this.#recent.get(queue) ?? [];
      const index = recent.findIndex((event) => event.id === id);
      const isStart = this.#beginnings.get(queue) === id && recent.length < KEPT;
      if (index < 0 && !isStart) return undefined;
      for (const event of recent.slice(index + 1)) missed.push({ queue, event });
    }
    return missed;
  }

  async #start(): Promise<void> {
    this.#open ??= this.#connect();
    try {
      await this.#open;
    } catch (error) {
      this.#open = undefined;
      throw error;
    }
  }

  async #connect(): Promise<(() => Promise<void>)[]> {
    const beginnings = await this.positions();
    this.#beginnings = beginnings;
    return this.#ofEach(
      (queue) => queue.events((event) => this.#publish(withoutContents(queue.name, event)), beginnings.get(queue.name)),
      closeAll,
    );
  }

  #publish(published: HubEvent): void {
    const recent = this.#recent.get(published.queue) ?? [];
    recent.push(published.event);
    if (recent.length > KEPT) recent.shift();
    this.#recent.set(published.queue, recent);
    for (const listener of this.#listeners) listener(published);
  }

  async #leave(listener: (event: HubEvent) => void): Promise<void> {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || !this.#open) return;
    const open = this.#open;
    this.#open = undefined;
    // Between now and the next listener things happen that nobody records here.
    this.#recent.clear();
    const closers = await open.catch(() => []);
    await Promise.all(closers.map((close) => close().catch((error) => this.#onError(toError(error)))));
  }
}

async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  await Promise.all(closers.map((close) => close()));
}

function withoutContents(queue: string, { id, kind, jobId }: QueueEvent): HubEvent {
  return { queue, event: { id, kind, jobId } };
}
