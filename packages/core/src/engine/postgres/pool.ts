/**
 * A pool of connections to a PostgreSQL server that may be slow, restart, or vanish.
 *
 * - Waiting for a free connection is no outage for as long as connections come free.
 * - A statement whose connection was lost, or could not be made, is sent again once the server is back, if that is soon.
 * - A connection that has gone silent is closed: see `silence.ts`.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq';
import type { Pool } from 'pg';
import { toError } from '../../errors.js';
import { wasLost } from '../connection-error.js';
import { whenSentAgain } from './resend.js';
import { onServerClock } from './server-clock.js';
import { everyTick, NoAnswerError, type SilenceWatch } from './silence.js';

/** How long a server that is away may take to come back without a caller that feels it. ms */
const RECONNECT_LIMIT = 4_000;

/** Between two looks for a server that is away. ms */
const LOOK_AGAIN = 50;

/** Two looks are no further apart, unless this process stood still: that is not the server's time. ms */
const LOOK_LIMIT = 500;

/** A statement whose connection is lost each time, with a server that is back each time, is sent so often at least. */
export const SENDS = 10;

/** PostgreSQL's answer to a statement of a session that an administrator, or a shutdown, has ended: it was not run. */
const ADMIN_SHUTDOWN = '57P01';

export interface SqlPoolOptions {
  readonly max: number;
  /** How long to wait for a connection while none comes free. ms */
  readonly patience: number;
  /** Default: each connection is opened as soon as it is needed. */
  readonly growth?: PoolGrowth;
}

/**
 * So many connections are opened as soon as they are needed. While all that are open are in use, their number doubles in
 * each pause.
 */
export interface PoolGrowth {
  readonly atOnce: number;
  /** ms */
  readonly pause: number;
}

/** Who waits for the place of a connection. */
interface Waiter {
  readonly start: () => void;
  readonly reject: (error: Error) => void;
}

/** What BullMQ needs of a pool, and what we do. */
export class SqlPool extends EventEmitter implements PgPool {
  /** BullMQ looks whether connections that listen are kept alive. */
  readonly options = { keepAlive: true };
  readonly #pool: Pool;
  readonly #watch: SilenceWatch;
  readonly #limits: SqlPoolOptions;
  readonly #waiters: Waiter[] = [];
  /** Errors of statements that were never sent. */
  readonly #unsent = new WeakSet<Error>();
  readonly #stopLooking: () => void;
  #free: number;
  #growing: NodeJS.Timeout | undefined;
  /** Since a connection came free by an answer. ms */
  #stuck = 0;
  #back: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(pool: Pool, watch: SilenceWatch, options: SqlPoolOptions) {
    super();
    // BullMQ listens once a queue: with ten queues that is no leak.
    this.setMaxListeners(0);
    this.#pool = pool;
    this.#watch = watch;
    this.#limits = options;
    this.#free = options.max;
    pool.on('connect', (client) => {
      // An error of a connection that somebody uses is that use's error as well; without a listener it ends the process.
      client.on('error', () => undefined);
      watch.opened(client);
      this.emit('connect', client);
    });
    pool.on('error', (error) => {
      if (this.listenerCount('error') > 0) this.emit('error', error);
    });
    pool.on('release', (error, client) => {
      watch.hold(client, false);
      if (!error) this.#stuck = 0;
      // The next one gets this connection, which is free in a moment, or the place of one that is closed.
      queueMicrotask(() => this.#giveBack());
    });
    this.#stopLooking = everyTick((awake) => this.#look(awake));
  }

  /** Connections that are open, in use or not. */
  get totalCount(): number {
    return this.#pool.totalCount;
  }

  /** A connection of one's own: to listen on, or for a transaction. */
  async connect(): Promise<PgPoolClient> {
    const client = await this.#take().catch((error) => this.#again(() => this.#take(), error));
    this.#watch.hold(client, true);
    return client;
  }

  /** @param again what to send instead when the first one may have been carried out */
  async query<Row>(text: string, params?: readonly unknown[], again?: string): Promise<PgQueryResult<Row>> {
    // On the path of every job: the first time without the frame of those that follow.
    try {
      return await this.#send<Row>(text, params);
    } catch (error) {
      const send = (mayBeDone: boolean) => this.#send<Row>(mayBeDone ? (again ?? whenSentAgain(text)) : text, params);
      return this.#again(send, error);
    }
  }

  end(): Promise<void> {
    this.#ending ??= this.#pool.end();
    this.#stopLooking();
    clearTimeout(this.#growing);
    this.#watch.close();
    // In pg's words, which BullMQ knows.
    for (const { reject } of this.#waiters.splice(0))
      reject(this.#markUnsent(new Error('Cannot use a pool after calling end on the pool')));
    return this.#ending;
  }

  /** By callbacks, as pg's own pool: each promise on the way costs every job. */
  #send<Row>(text: string, params: readonly unknown[] = []): Promise<PgQueryResult<Row>> {
    return new Promise((resolve, reject) => {
      const send = () =>
        this.#pool.connect((refusal, client) => {
          if (!client) return reject(this.#refused(refusal));
          const [sql, values] = onServerClock(text, params);
          client.query(sql, [...values], (error, answer) => {
            // As pg's own pool does, a connection is closed after any error.
            client.release(Boolean(error));
            if (error) this.#heard(error);
            if (error) reject(error);
            else resolve(answer);
          });
        });
      this.#whenPlaced({ start: send, reject });
    });
  }

  async #take(): Promise<PgPoolClient> {
    await new Promise<void>((resolve, reject) => this.#whenPlaced({ start: resolve, reject }));
    try {
      // BullMQ's own type of it says less.
      return (await this.#pool.connect()) as PgPoolClient;
    } catch (error) {
      throw this.#refused(error);
    }
  }

  #whenPlaced(waiter: Waiter): void {
    if (this.#free === 0 || this.#waiters.length > 0 || !this.#hasRoom()) {
      this.#waiters.push(waiter);
      this.#growSoon();
      return;
    }
    this.#free -= 1;
    waiter.start();
  }

  /** Whether one of the open connections is free, or so few are open that there may be one more. */
  #hasRoom(): boolean {
    const { growth, max } = this.#limits;
    return !growth || max - this.#free < Math.max(growth.atOnce, this.#pool.totalCount);
  }

  /** Opens connections for those who still wait then. */
  #growSoon(): void {
    const { growth } = this.#limits;
    if (!growth || this.#growing) return;
    this.#growing = setTimeout(() => {
      this.#growing = undefined;
      const more = Math.min(this.#free, Math.max(1, this.#pool.totalCount));
      for (const { start } of this.#waiters.splice(0, more)) {
        this.#free -= 1;
        start();
      }
      if (this.#waiters.length > 0) this.#growSoon();
    }, growth.pause);
  }

  /** An error is an answer, unless it is that there was none: places that come free by silence are no good to anyone. */
  #heard(error: unknown): void {
    if (!(error instanceof NoAnswerError)) this.#stuck = 0;
  }

  #refused(error: unknown): Error {
    this.#heard(error);
    this.#giveBack();
    return this.#markUnsent(error);
  }

  #markUnsent(thrown: unknown): Error {
    const error = toError(thrown);
    this.#unsent.add(error);
    return error;
  }

  /** Hands the place of a connection on. */
  #giveBack(): void {
    const next = this.#waiters.shift();
    if (next) next.start();
    else this.#free += 1;
  }

  #look(awake: number): void {
    this.#stuck = this.#waiters.length === 0 ? 0 : this.#stuck + awake;
    if (this.#stuck < this.#limits.patience) return;
    // After a turn of the event loop, which may have answers.
    setImmediate(() => {
      if (this.#stuck < this.#limits.patience) return;
      this.#stuck = 0;
      const waited = `${Math.round(this.#limits.patience / 1_000)} s`;
      const message = `timeout exceeded when trying to connect: all ${this.#limits.max} connections are in use, and none has come free for ${waited}`;
      for (const { reject } of this.#waiters.splice(0)) reject(new NoAnswerError(message));
    });
  }

  /** Sends again, when the server is back soon, what has failed with an error. */
  async #again<T>(send: (mayBeDone: boolean) => Promise<T>, failure: unknown): Promise<T> {
    let error = toError(failure);
    let mayBeDone = false;
    const lostAt = performance.now();
    for (let sends = 1; ; sends++) {
      if (this.#ending || !isLost(error)) throw error;
      if (sends >= SENDS && performance.now() - lostAt >= RECONNECT_LIMIT) throw error;
      mayBeDone ||= !this.#unsent.has(error) && !isAdminShutdown(error);
      // All that wait, wait together.
      this.#back ??= this.#untilBack().finally(() => {
        this.#back = undefined;
      });
      await this.#back;
      try {
        return await send(mayBeDone);
      } catch (thrown) {
        error = toError(thrown);
      }
    }
  }

  async #untilBack(): Promise<void> {
    let away = 0;
    for (let last = performance.now(); ; ) {
      try {
        await this.#send('SELECT 1');
        return;
      } catch (thrown) {
        const error = toError(thrown);
        const now = performance.now();
        away += Math.min(now - last, LOOK_LIMIT);
        last = now;
        if (!isLost(error) || this.#ending) throw error;
        if (away >= RECONNECT_LIMIT) throw new NoAnswerError(error.message || String(error), { cause: error });
      }
      await sleep(LOOK_AGAIN);
    }
  }
}

function isAdminShutdown(error: Error): boolean {
  return 'code' in error && error.code === ADMIN_SHUTDOWN;
}

/** Whether a connection was lost or refused, and not just silent. */
export function isLost(error: unknown): boolean {
  return wasLost(error) && !(error instanceof NoAnswerError);
}
