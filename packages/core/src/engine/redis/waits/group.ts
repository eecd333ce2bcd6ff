/**
 * One connection on which many queues wait for jobs.
 *
 * BullMQ has a connection for each queue, on which it blocks for the queue's marker. Here one command blocks for the
 * markers of all queues that wait at the moment, and no others: a marker that is taken for a busy queue would keep its job
 * from the idle workers of other processes.
 *
 * Who begins or ends to wait while the command is under way sets the group's wake key. It is the first key of the command,
 * so the command ends, or the next one does at once. `CLIENT UNBLOCK` is lost where the command is not blocked yet, and
 * some managed servers refuse it.
 */
import { toError } from '../../../errors.js';
import { inPatience } from '../../silence.js';
import type { RedisClient } from '../connection/client.js';

/** How long a command blocks at most: less than the silence after which its connection is given up. ms */
const LONGEST = 10_000;

/** Redis before 7.0.8 does not block for a shorter time. ms */
const SHORTEST = 2;

/** A wait of this length only asks again, in case that a marker was lost. It may end early, with those of others. ms */
const POLL = 5_000;

/** How much earlier: queues that ask at the same time need one command for all. ms */
const EARLY = 1_000;

/** How late an answer may be before its connection is taken to be stuck, as in BullMQ. ms */
const LATE = 1_000;

/** How long a worker that stops waits for the command to end. ms */
const END_LIMIT = 1_000;

/** What a process that has died leaves behind is gone after this long. ms */
const WAKE_AGE = 60_000;

/** What BullMQ's `waitForJob` answers. */
export interface Marker {
  readonly member: string;
  readonly score: number;
}

export interface WaitGroupOptions {
  /** Of this group alone. */
  readonly wakeKey: string;
  readonly open: () => RedisClient;
  readonly close: (client: RedisClient) => void;
  /** Gets what no wait is rejected with. */
  readonly onError: (error: Error) => void;
}

/** A queue of a group. */
export interface Member {
  readonly marker: string;
  /** The connection of the workers, which does not block. */
  readonly client: RedisClient;
}

interface Waiter {
  readonly member: Member;
  /** On the clock of `performance`, as all times here. ms */
  readonly until: number;
  readonly isPoll: boolean;
  readonly resolve: (marker: Marker | null) => void;
  readonly reject: (error: Error) => void;
}

/** A command that blocks. */
interface Blocked {
  readonly markers: ReadonlySet<string>;
  readonly duration: number;
  readonly until: number;
  /** Resolves when it has ended, and a marker that no queue waits for any more is put back. */
  readonly ended: Promise<void>;
  readonly end: () => void;
  /** The wake key is set. */
  isWoken: boolean;
  /** Resolves when that has been answered. */
  woken?: Promise<void>;
  /** Resolves when both are over, or late. All queues that stop share it. */
  over?: Promise<unknown>;
}

/**
 * What BullMQ understands as the end of a wait: it reports no error, and asks for no job. One for all, as it tells nothing
 * of the wait.
 */
const CLOSED = new Error('Connection is closed.');

export class WaitGroup {
  readonly #options: WaitGroupOptions;
  readonly #members = new Set<Member>();
  readonly #waiters = new Set<Waiter>();
  #client: RedisClient | undefined;
  #readyAt = Number.POSITIVE_INFINITY;
  #blocked: Blocked | undefined;
  #isAsking = false;
  #next: NodeJS.Immediate | undefined;
  #watch: { readonly at: number; readonly stop: () => void } | undefined;

  constructor(options: WaitGroupOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#members.size;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  /** The last one closes the connection. */
  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    this.#reject((waiter) => waiter.member === member, CLOSED);
    if (this.#members.size === 0) this.#disconnect();
    else if (this.#blocked) this.#soon();
  }

  /** Resolves with null when the time is over. */
  wait(member: Member, seconds: number): Promise<Marker | null> {
    return new Promise((resolve, reject) => {
      if (!this.#members.has(member)) throw CLOSED;
      const time = seconds * 1_000;
      const until = performance.now() + time;
      this.#waiters.add({ member, until, isPoll: time >= POLL, resolve, reject });
      this.#soon();
    });
  }

  /** Rejects the wait of a queue. Resolves when no command takes its marker any more, also while Redis is away. */
  async interrupt(member: Member): Promise<void> {
    this.#reject((waiter) => waiter.member === member, CLOSED);
    const blocked = this.#blocked;
    if (!blocked?.markers.has(member.marker) || this.#client?.status !== 'ready') return;
    // At once, and not with the next command: its answer is what the worker waits for.
    this.#wake(blocked);
    // Late where the server is away without a word. The worker stops all the same.
    blocked.over ??= inPatience(Promise.all([blocked.ended, blocked.woken]), END_LIMIT, () => CLOSED).catch(
      () => undefined,
    );
    await blocked.over;
  }

  /** What is done in a turn of the event loop becomes one command. */
  #soon(): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      this.#block();
    });
  }

  /** Waits for all that wait, and for nothing else. */
  #block(): void {
    const markers = new Set([...this.#waiters].map(({ member }) => member.marker));
    const now = performance.now();
    const until = Math.min(now + LONGEST, ...[...this.#waiters].map((waiter) => waiter.until));
    if (markers.size > 0) this.#watchOver(until + LATE);
    if (this.#isAsking) return;
    const blocked = this.#blocked;
    if (blocked) {
      const isSame = markers.size === blocked.markers.size && [...markers].every((key) => blocked.markers.has(key));
      if (!isSame || until < blocked.until - SHORTEST) this.#wake(blocked);
      return;
    }
    if (markers.size === 0) return;
    const client = this.#open();
    // Else it would be sent without those that come until then.
    if (client?.status !== 'ready') return;
    const duration = Math.ceil(Math.max(until - now, SHORTEST));
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const command: Blocked = { markers, duration, until: now + duration, ended, end, isWoken: false };
    this.#blocked = command;
    client.bzpopmin(this.#options.wakeKey, ...markers, duration / 1_000).then(
      (answer) => this.#answered(command, answer),
      (error) => this.#failed(command, toError(error)),
    );
  }

  #open(): RedisClient | undefined {
    if (this.#client) return this.#client;
    let client: RedisClient;
    try {
      client = this.#options.open();
    } catch (error) {
      this.#reject(() => true, toError(error));
      return undefined;
    }
    this.#client = client;
    client.on('ready', () => {
      if (client !== this.#client) return;
      this.#readyAt = performance.now();
      // What it waited for was sent again, and the server may be another one, without the wake key.
      if (this.#blocked) this.#blocked.isWoken = false;
      this.#soon();
    });
    client.on('end', () => {
      if (client === this.#client) this.#lose(CLOSED);
    });
    return client;
  }

  #wake(blocked: Blocked): void {
    const [{ client } = {}] = this.#members;
    if (blocked.isWoken || !client) return;
    blocked.isWoken = true;
    const { wakeKey, onError } = this.#options;
    blocked.woken = Promise.all([client.zadd(wakeKey, 0, '1'), client.pexpire(wakeKey, WAKE_AGE)]).then(
      () => undefined,
      (error) => {
        // Who is left out is waited for by the next command, at the latest after the longest wait of this one.
        blocked.isWoken = false;
        if (this.#members.size > 0) onError(toError(error));
      },
    );
  }

  #answered(blocked: Blocked, answer: readonly [key: string, member: string, score: string] | null): void {
    let isBack: Promise<unknown> | undefined;
    if (answer && answer[0] !== this.#options.wakeKey) {
      const [key, member, score] = answer;
      const waiter = [...this.#waiters].find((one) => one.member.marker === key);
      if (waiter && this.#waiters.delete(waiter)) waiter.resolve({ member, score: Number.parseInt(score, 10) });
      else isBack = this.#putBack(key, member, score);
    }
    if (!answer) this.#expire(Math.max(blocked.until, performance.now()), EARLY);
    this.#settle(blocked, isBack);
  }

  /** Of the queue that has ended its wait meanwhile: another worker is to have it. A later marker knows better. */
  async #putBack(key: string, member: string, score: string): Promise<void> {
    const [{ client } = {}] = this.#members;
    // Without a connection the marker is not missed for long: every worker asks again after 5 s.
    await client?.zadd(key, 'NX', score, member).catch(() => undefined);
  }

  #failed(blocked: Blocked, error: Error): void {
    if (blocked !== this.#blocked) return;
    if (error.name !== 'ReplyError') {
      this.#lose(error);
      return;
    }
    this.#settle(blocked);
    this.#isAsking = true;
    void this.#failThose(blocked.markers, error).finally(() => {
      this.#isAsking = false;
      this.#soon();
    });
  }

  /** Redis does not say which key it has refused: the queues of the others wait on. */
  async #failThose(markers: ReadonlySet<string>, error: Error): Promise<void> {
    const [{ client } = {}] = this.#members;
    const keys = [...markers];
    const asked = keys.length > 1 && client ? await Promise.allSettled(keys.map((key) => client.zcard(key))) : [];
    const refused = new Set(keys.filter((_, index) => asked[index]?.status === 'rejected'));
    const failed = refused.size > 0 ? refused : markers;
    this.#reject((waiter) => failed.has(waiter.member.marker), error);
  }

  /** The command is over. */
  #settle(blocked: Blocked, after?: Promise<unknown>): void {
    if (after) void after.finally(blocked.end);
    else blocked.end();
    if (blocked !== this.#blocked) return;
    this.#blocked = undefined;
    this.#unwatch();
    if (this.#waiters.size > 0) this.#soon();
  }

  #expire(now: number, early: number): void {
    for (const waiter of this.#waiters) {
      if (waiter.until > now + (waiter.isPoll ? early : 0)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(null);
    }
  }

  #reject(which: (waiter: Waiter) => boolean, error: Error): void {
    for (const waiter of this.#waiters) {
      if (!which(waiter)) continue;
      this.#waiters.delete(waiter);
      waiter.reject(error);
    }
  }

  /** An answer that does not come must not hold its queues up. */
  #watchOver(at: number): void {
    if (this.#watch && this.#watch.at <= at) return;
    this.#unwatch();
    let immediate: NodeJS.Immediate | undefined;
    // What came while this process stood still is heard first.
    const timer = setTimeout(
      () => {
        immediate = setImmediate(() => this.#overdue());
      },
      Math.max(0, at - performance.now()),
    );
    this.#watch = {
      at,
      stop() {
        clearTimeout(timer);
        clearImmediate(immediate);
      },
    };
  }

  #unwatch(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /**
   * ioredis sends a command again whose connection was lost, and it would block once more; or the connection is open at
   * this end alone. BullMQ breaks such a connection too. One that is on its way back is left to ioredis.
   */
  #overdue(): void {
    this.#unwatch();
    this.#expire(performance.now() - LATE, 0);
    const blocked = this.#blocked;
    if (blocked && this.#client?.status === 'ready') {
      const due = Math.max(blocked.until, this.#readyAt + blocked.duration) + LATE;
      if (performance.now() >= due) this.#disconnect();
    }
    if (this.#waiters.size > 0) this.#soon();
  }

  /** The connection will not come back: who waits tries again, on another one. */
  #lose(error: Error): void {
    this.#disconnect();
    this.#reject(() => true, error);
  }

  #disconnect(): void {
    const [client, blocked] = [this.#client, this.#blocked];
    this.#client = undefined;
    this.#blocked = undefined;
    this.#readyAt = Number.POSITIVE_INFINITY;
    this.#unwatch();
    if (this.#members.size === 0 && this.#next) {
      clearImmediate(this.#next);
      this.#next = undefined;
    }
    blocked?.end();
    if (client) this.#options.close(client);
  }
}
