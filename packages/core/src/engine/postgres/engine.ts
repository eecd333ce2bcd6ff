/** The PostgreSQL engine, and by another pool the embedded one: BullMQ's PostgreSQL backend and our own tables. */

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBackend, type PgPool, runMigrations } from 'bullmq';
import { defined } from '../../defined.js';
import { toError } from '../../errors.js';
import { BullQueue } from '../bullmq/queue.js';
import { createBullWorker } from '../bullmq/worker.js';
import { StoreClock } from '../clock-skew.js';
import { atBorder, isConnectionError, toEngineError, toReported, unavailable } from '../connection-error.js';
import type { Engine, EngineHealth, EngineOptions } from '../contract.js';
import { Outage } from '../outage.js';
import { Reconnects } from '../reconnects.js';
import { createSqlAttempts } from './attempts.js';
import { type Claims, createClaims } from './claims.js';
import { sqlDataProblem, withStorableContents } from './contents.js';
import { countQueues } from './counts.js';
import { createLining } from './lining.js';
import { BULLMQ_SCHEMA } from './names.js';
import { createSqlFeed } from './notifications/event-feed.js';
import { createSqlListener } from './notifications/listener.js';
import { listeningPool } from './notifications/listening-pool.js';
import { createSqlSignals } from './notifications/signals.js';
import { isLost, SENDS } from './pool.js';
import { createSqlQueueStore } from './queue-store.js';
import { createRetention } from './retention.js';
import { createSqlSchedules } from './schedules.js';
import { migrateOwnSchema } from './schema.js';
import { createSqlState, type RunSql } from './state.js';

/** Where the database is, and how to open it. */
export interface SqlTarget {
  readonly kind: 'postgres' | 'embedded';
  /** Host, port and database or folder, for log lines. */
  readonly address: string;
  /** A pool whose connections have BullMQ's schema as their search_path. Rejects when the driver is not installed. */
  open(): Promise<SqlPools>;
}

export interface SqlPools {
  /** A statement of our own. `again` is sent instead where the first one may have been carried out, its answer lost. */
  run<Row>(text: string, values: readonly unknown[], again?: string): Promise<{ readonly rows: Row[] }>;
  /** For operations. */
  readonly commands: PgPool;
  /** For workers. One connection of it listens, for all of them. */
  readonly workers: PgPool;
  close(): Promise<void>;
}

/**
 * Jobs that one statement adds, reads or removes on the embedded store: about 10 ms, which the host's process waits for.
 */
const EMBEDDED_BATCH = 50;

/** What queues and signals get to end by themselves; what waits for an answer then is woken by the end of its pool. ms */
const CLOSE_LIMIT = 1_000;

/** Why an engine that has been closed does nothing any more. */
const CLOSED = 'jobs.close() has been called';

export function createPostgresEngine(target: SqlTarget, options: EngineOptions): Engine {
  const { address, kind } = target;
  const batch = kind === 'embedded' ? EMBEDDED_BATCH : undefined;
  const queues = new Map<string, BullQueue>();
  let opening: Promise<SqlPools> | undefined;
  let pools: SqlPools | undefined;
  let closed = false;
  let closing: Promise<void> | undefined;

  const outage = new Outage({ address, onError: options.onError, onBack: (away) => options.onReconnect?.(away) });

  const reconnects = new Reconnects();
  let hasLost = false;

  /** Problems without a caller. A closed engine has none any more. */
  const onError = (error: Error): void => {
    if (closed) return;
    if (isConnectionError(error)) {
      hasLost = true;
      outage.lost(error);
    } else options.onError(toEngineError(error, address));
  };
  const onConnect = (): void => {
    outage.back();
    if (hasLost) reconnects.tell();
    hasLost = false;
  };
  const open = async (): Promise<SqlPools> => {
    if (closed) throw unavailable(address, CLOSED);
    const opened = await target.open();
    try {
      // Not of those for operations: however long the migration of another one takes, it is waited for.
      const client = await opened.workers.connect();
      try {
        // BullMQ takes a lock in the database: of many that start at once, one migrates and the others wait for it.
        await runMigrations(client, BULLMQ_SCHEMA);
      } finally {
        client.release();
      }
      await migrateOwnSchema(opened.workers);
    } catch (error) {
      await opened.close();
      throw error;
    }
    for (const pool of new Set([opened.commands, opened.workers])) {
      pool.on('error', (error) => onError(error));
      pool.on('connect', onConnect);
    }
    pools = opened;
    return opened;
  };
  /** Begins anew when a connection was lost on the way. The pool says when that is of no use any more. */
  const openSoon = async (): Promise<SqlPools> => {
    for (let tries = 1; ; tries++) {
      try {
        return await open();
      } catch (error) {
        if (closed || !isLost(error) || tries === SENDS) throw error;
      }
    }
  };
  const whenOpen = async (): Promise<SqlPools> => {
    if (closed) throw unavailable(address, CLOSED);
    if (pools) return pools;
    opening ??= openSoon().finally(() => {
      // A failed opening is tried again by the next operation.
      opening = undefined;
    });
    try {
      return await opening;
    } catch (error) {
      throw toEngineError(error, address);
    }
  };
  const run: RunSql = async <Row>(text: string, values: readonly unknown[], again?: string) => {
    const opened = await whenOpen();
    try {
      return (await opened.run<Row>(text, values, again)).rows;
    } catch (error) {
      throw toEngineError(error, address);
    }
  };
  const clock = new StoreClock({
    address,
    async read() {
      const rows = await run<{ now: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
        [],
      );
      return rows[0]?.now ?? Date.now();
    },
  });
  const listener = createSqlListener(async () => (await whenOpen()).workers, onError);
  const signals = createSqlSignals(run, listener);
  const connection = (of: 'commands' | 'workers'): PgPool => {
    if (!pools || closed) throw unavailable(address, closed ? CLOSED : 'it has not been opened');
    return pools[of];
  };

  /** What BullMQ listens by: all workers and waiting callers on one connection. */
  const listeners = (claims?: Claims): PgPool => listeningPool(connection('workers'), listener, claims);

  const closeAll = async () => {
    closed = true;
    const ended = Promise.all([...queues.values()].map((queue) => queue.close())).then(() => listener.close());
    await Promise.race([ended, sleep(CLOSE_LIMIT, undefined, { ref: false })]);
    const opened = pools ?? (await opening?.catch(() => undefined));
    await opened?.close();
    await ended;
  };

  return {
    kind,
    address,
    signals: {
      publish: signals.publish,
      subscribe: (topic, listener, missed) => atBorder(address, () => signals.subscribe(topic, listener, missed)),
    },
    onReconnect: (listener) => reconnects.listen(listener),
    ready: async () => {
      await whenOpen();
    },
    counts: (names) => countQueues(run, names),
    dataProblem: sqlDataProblem,
    state: createSqlState(run, (error) => onError(error instanceof Error ? error : new Error(String(error)))),
    schedules: createSqlSchedules(run),
    events: (names, onFeedError) =>
      createSqlFeed({
        run,
        listener: { ...listener, listen: (...args) => atBorder(address, () => listener.listen(...args)) },
        queues: names,
        isClosed: () => closed,
        onError: (error) => (isConnectionError(error) ? onError(error) : onFeedError(toReported(error, address))),
      }),
    queue(name) {
      let queue = queues.get(name);
      if (!queue) {
        queue = new BullQueue({
          name,
          address,
          prefix: options.prefix,
          telemetry: options.telemetry,
          ready: async () => {
            await whenOpen();
          },
          connection: () => connection('commands'),
          eventsConnection: () => listeners(),
          backend: createPostgresBackend,
          isSql: true,
          isReady: () => !closed,
          onError,
          batch,
          store: createSqlQueueStore(run, name, batch !== undefined),
        });
        queues.set(name, queue);
      }
      return queue;
    },
    worker(queue, process, workerOptions, listener) {
      const retention = createRetention(run, queue, workerOptions, listener, batch);
      const lining = createLining(run, queue, (error) => listener.error(toError(error)), batch);
      const claims = createClaims(lining.start);
      const store = createSqlQueueStore(run, queue, batch !== undefined);
      const worker = createBullWorker(
        {
          ...workerOptions,
          attempts: createSqlAttempts(run, queue),
          store: {
            ...store,
            takeStart(request) {
              claims.limited(request.limit);
              return store.takeStart(request);
            },
          },
          completed: retention.completed,
          failed: retention.failed,
          queue,
          address,
          prefix: options.prefix,
          telemetry: options.telemetry,
          connection: listeners(claims),
          backend: createPostgresBackend,
          name: `${hostname()}:${globalThis.process.pid}`,
          wakesAlone: false,
          clock: kind === 'embedded' ? undefined : clock,
        },
        withStorableContents(process),
        {
          ...retention.listener,
          error: (error) => (isConnectionError(error) ? onError(error) : listener.error(toReported(error, address))),
        },
      );
      return {
        ready: () => atBorder(address, () => worker.ready()),
        async close(force) {
          // Its statement is waited for with the jobs that run.
          const lined = lining.close();
          await worker.close(force);
          if (!force) await lined;
          if (!force) await retention.close();
        },
      };
    },
    async health(): Promise<EngineHealth> {
      const start = performance.now();
      try {
        const rows = await run<{ server_version: string }>('SHOW server_version', []);
        const latency = performance.now() - start;
        const version = rows[0]?.server_version;
        const health = { reachable: true, latency, warnings: [], ...defined({ version }) };
        return kind === 'embedded' ? { ...health, clockSkew: 0 } : await clock.addTo(health);
      } catch (error) {
        return { reachable: false, warnings: [], error: error instanceof Error ? error.message : String(error) };
      }
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
