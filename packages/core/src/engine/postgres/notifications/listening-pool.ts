/** A pool on which BullMQ's workers and waiting callers listen together, where each would take a connection of its own. */
import { EventEmitter } from 'node:events';
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq';
import type { Claims } from '../claims.js';
import type { SqlListener } from './listener.js';
import { withNextDue } from './next-due.js';

/** What BullMQ asks for on the connection that it listens by. */
const LISTEN = /^\s*LISTEN\s+(\w+)/m;
/** It names that connection by its queue. This one is of all queues. */
const NAME = /\bset_config\('application_name'/;

/** @param claims of a worker */
export function listeningPool(pool: PgPool, listener: SqlListener, claims?: Claims): PgPool {
  const shared: PgPool & { readonly options: object } = {
    // BullMQ looks whether connections that listen are kept alive.
    options: { keepAlive: true },
    query<Row>(text: string, params: readonly unknown[] = []) {
      const statement = withNextDue(text);
      if (!claims) return pool.query<Row>(statement, params);
      return claims.send<Row>(statement, params, (...written) => pool.query<Row>(...written));
    },
    connect: async () => new ListeningClient(pool, listener),
    // Not BullMQ's to end.
    end: async () => undefined,
    on(event: 'error' | 'connect', tell: (value: never) => void) {
      // Of the pool, so that BullMQ hears of it as it would.
      Reflect.apply(pool.on, pool, [event, tell]);
      return shared;
    },
    removeAllListeners: () => shared,
  };
  return shared;
}

/** One listener's part of the connection. What it asks for besides goes to the pool. */
class ListeningClient extends EventEmitter implements PgPoolClient {
  readonly #pool: PgPool;
  readonly #listener: SqlListener;
  readonly #stops: (() => void)[] = [];
  #isReleased = false;
  #release: (error: Error) => void = () => {};
  readonly #released: Promise<never>;

  constructor(pool: PgPool, listener: SqlListener) {
    super();
    this.#pool = pool;
    this.#listener = listener;
    this.#released = new Promise((_resolve, reject) => {
      this.#release = reject;
    });
    // Nobody may wait for it.
    this.#released.catch(() => undefined);
  }

  async query<Row>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<Row>> {
    const [, channel] = LISTEN.exec(text) ?? [];
    // Whoever is told to end waits no longer for a server that is away.
    if (channel !== undefined) await Promise.race([this.#listen(channel), this.#released]);
    else if (!NAME.test(text)) return this.#pool.query<Row>(text, params);
    return { rows: [], rowCount: 0 };
  }

  release(): void {
    this.#isReleased = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#release(new Error('the connection has been given back'));
  }

  async #listen(channel: string): Promise<void> {
    const stop = await this.#listener.listen(channel, {
      notified: (payload) => void this.emit('notification', { channel, payload }),
      lost: (error) => void (this.listenerCount('error') > 0 && this.emit('error', error)),
    });
    if (this.#isReleased) stop();
    else this.#stops.push(stop);
  }
}
