/** The Redis engine: BullMQ as it is, on connections that fail fast for callers and wait for ever for workers. */

import { hostname } from 'node:os';
import { createRedisBackend } from 'bullmq';
import { perTurn } from '../../timers.js';
import { BullQueue } from '../bullmq/queue.js';
import type { QueueStore } from '../bullmq/queue-store.js';
import { createBullWorker } from '../bullmq/worker.js';
import { StoreClock } from '../clock-skew.js';
import {
  atBorder,
  isConnectionError,
  isRefusedLogin,
  toEngineError,
  toQueueError,
  toReported,
  unavailable,
} from '../connection-error.js';
import type { Engine, EngineHealth, EngineOptions } from '../contract.js';
import { Outage } from '../outage.js';
import { Reconnects } from '../reconnects.js';
import { sentAgain } from '../sent-again.js';
import { afterPatience, inPatience } from '../silence.js';
import { createAcknowledged } from './acknowledge.js';
import { ATTEMPT_SCRIPTS, createRedisAttempts } from './attempts.js';
import { type ClientPurpose, duplicateAs, type RedisClient, type RedisTarget } from './connection/connection.js';
import { letProcessEnd } from './connection/idle.js';
import { createSharedBackend } from './connection/shared-backend.js';
import { shareClient } from './connection/shared-client.js';
import { endCompletedJobs } from './ending/completed-jobs.js';
import { takeFirstJobs } from './ending/first-jobs.js';
import { OWN_SCRIPTS, ownScripts } from './ending/own-scripts.js';
import { lookAtKept, type RetentionOptions, removeFewAtOnce } from './ending/retention.js';
import { ENDS_SCRIPT } from './events/ends.js';
import { createRedisFeed } from './events/feed.js';
import { readHealth } from './health.js';
import { bullPrefix, ownBase } from './keys.js';
import { makePunctual } from './punctual.js';
import { createRedisQueueStore, QUEUE_SCRIPTS } from './queue-store.js';
import { planNextRuns, RUN_SCRIPTS } from './runs.js';
import { createRedisSchedules, SCHEDULE_SCRIPTS } from './schedules.js';
import { createRedisSignals } from './signals.js';
import { recoverFewAtOnce, STALLED_SCRIPTS } from './stalled.js';
import { createRedisState, STATE_SCRIPT_OF_MANY, STATE_SCRIPTS } from './state.js';
import { createWaits } from './waits/waits.js';
import { joinWrites } from './writes.js';

/** Scripts whose effect has to outlive a failover: the steps that a job has done. */
const ACKNOWLEDGED: ReadonlySet<string> = new Set<keyof typeof ATTEMPT_SCRIPTS>(['bizinsightsSave']);

/** Why an engine that has been closed does nothing any more. */
const CLOSED = 'jobs.close() has been called';

const PROCESS_NAME = `${hostname()}:${process.pid}`;

/** How long an operation waits for a connection before it says that there is none. ms */
const READY_LIMIT = 4_000;

/** The same for an operation that has lost its connection on the way: a restart is ridden out, an outage is told. ms */
const RECONNECT_LIMIT = 2_000;

export function createRedisEngine(target: RedisTarget, options: EngineOptions): Engine {
  const prefix = bullPrefix(options.prefix);
  const own = ownBase(options.prefix);
  const { address, isCluster } = target;
  const queues = new Map<string, BullQueue>();
  const clients = new Set<RedisClient>();
  let commands: RedisClient | undefined;
  let events: RedisClient | undefined;
  let connecting: Promise<void> | undefined;
  let closed = false;
  let closing: Promise<void> | undefined;
  const outage = new Outage({ address, onError: options.onError, onBack: (away) => options.onReconnect?.(away) });

  const reconnects = new Reconnects();

  /** Problems without a caller. A closed engine has none any more. */
  const onError = (error: Error): void => {
    if (closed) return;
    if (isConnectionError(error)) outage.lost(error);
    else options.onError(toEngineError(error, address));
  };
  const connect = (purpose: ClientPurpose): RedisClient => {
    if (closed) throw unavailable(address, CLOSED);
    const client = target.connect(purpose);
    if (purpose === 'commands') joinWrites(client);
    client.on('error', onError);
    let wasReady = false;
    const reconnected = () => {
      if (wasReady) reconnects.tell();
    };
    client.on('ready', () => {
      outage.back();
      reconnected();
      wasReady = true;
    });
    // A Cluster stays ready while one of its nodes goes and comes back.
    client.on('+node', reconnected);
    clients.add(client);
    return client;
  };
  const disconnect = (client: RedisClient): void => {
    client.disconnect();
    clients.delete(client);
  };
  /** Who waits for the end of a worker goes on first: nothing is awaited on its connections any more. */
  const disconnectSoon = (client: RedisClient): void => {
    setImmediate(() => {
      if (clients.has(client)) disconnect(client);
    });
  };
  const commandClient = (): RedisClient => {
    if (!commands) {
      commands = connect('commands');
      letProcessEnd(commands);
      for (const [name, lua] of Object.entries(STATE_SCRIPTS)) commands.defineCommand(name, { numberOfKeys: 1, lua });
      for (const [name, script] of Object.entries({ ...QUEUE_SCRIPTS, ...ATTEMPT_SCRIPTS, ...STATE_SCRIPT_OF_MANY }))
        commands.defineCommand(name, script);
      commands.defineCommand('bizinsightsEventEnds', ENDS_SCRIPT);
      for (const [name, lua] of Object.entries(SCHEDULE_SCRIPTS))
        commands.defineCommand(name, { numberOfKeys: 3, lua });
    }
    return commands;
  };
  const workersClient = shareClient(() => {
    const client = connect('worker');
    for (const [name, script] of Object.entries({
      ...ATTEMPT_SCRIPTS,
      ...OWN_SCRIPTS,
      ...STALLED_SCRIPTS,
      ...RUN_SCRIPTS,
    }))
      client.defineCommand(name, script);
    return client;
  }, disconnectSoon);
  const waits = createWaits({
    own,
    isCluster,
    open(workers, queue) {
      if (closed) throw new Error('Connection is closed.');
      // As BullMQ calls the connections by which `getWorkers()` finds a worker.
      const base64Name = Buffer.from(queue).toString('base64');
      const client = duplicateAs(workers, `${queuePrefix(queue)}:${base64Name}:w:${PROCESS_NAME}`);
      client.on('error', onError);
      client.on('ready', () => outage.back());
      clients.add(client);
      return client;
    },
    close: disconnectSoon,
    onError,
  });
  const isReady = () => commands?.status === 'ready';
  const ready = async (limit = READY_LIMIT): Promise<void> => {
    if (closed) throw unavailable(address, CLOSED);
    if (isReady()) return;
    // All that wait, wait together: a listener each would be hundreds in a busy process.
    connecting ??= untilReady(commandClient(), address, limit).finally(() => {
      connecting = undefined;
    });
    await connecting;
  };
  const run = async <T>(command: (client: RedisClient) => Promise<T>): Promise<T> => {
    try {
      // Sent at once where that is possible, and not behind what the caller does next.
      if (closed || !isReady()) await ready();
      return await command(commandClient());
    } catch (error) {
      const again = { ready, limit: RECONNECT_LIMIT };
      return atBorder(address, () => sentAgain(error, () => command(commandClient()), again));
    }
  };
  const call = (name: string, ...args: (string | number)[]) => run((client) => callScript(client, name, args));
  const acknowledged = target.acknowledge && createAcknowledged(target.acknowledge, commandClient, address);
  /** The first argument is a key. */
  const script = (name: string, ...args: (string | number)[]) =>
    acknowledged && ACKNOWLEDGED.has(name)
      ? run((client) => acknowledged(String(args[0]), () => callScript(client, name, args)))
      : call(name, ...args);
  const clock = new StoreClock({
    address,
    async read() {
      const [seconds, microseconds] = await run((client) => client.time());
      return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    },
  });
  const signals = createRedisSignals(
    own,
    (channel, message) => run((client) => client.publish(channel, message)),
    () => connect('worker'),
    (answer) => inPatience(answer, READY_LIMIT, () => unavailable(address, 'no connection so far')),
    onError,
  );
  /** In a Cluster all keys of a queue are in one slot, and each queue in its own. */
  const queuePrefix = (name: string) => (isCluster ? `${prefix}:{${name}}` : prefix);
  const baseOf = (name: string) => `${queuePrefix(name)}:${name}:`;
  const storeOf = (name: string): QueueStore => {
    const ofQueue = <T>(command: (client: RedisClient) => Promise<T>): Promise<T> =>
      run(command).catch((error) => {
        throw toQueueError(error, address, name);
      });
    return createRedisQueueStore({
      name,
      base: baseOf(name),
      fair: `${own}{${name}}:fair`,
      reuse: `${own}{${name}}:reuse:`,
      starts: `${own}{${name}}:starts:`,
      run: ofQueue,
      call: (script, ...args) => ofQueue((client) => callScript(client, script, args)),
      send: (script, ...args) => callScript(commandClient(), script, args),
    });
  };

  const closeAll = async () => {
    closed = true;
    await Promise.all([...queues.values()].map((queue) => queue.close()));
    await signals.close();
    // Everything has been answered by now: nothing is lost by not asking Redis's leave.
    for (const client of [...clients]) disconnect(client);
  };

  return {
    kind: 'redis',
    // Sent all at once over one connection: one round trip.
    counts: (names) => Promise.all(names.map((name) => storeOf(name).counts())),
    address,
    async ready(forWork = false) {
      if (forWork && !closed) workersClient.open();
      await ready();
    },
    signals: {
      publish: signals.publish,
      subscribe: (topic, listener, missed) =>
        atBorder(address, async () => {
          // Both connections at once.
          const connected = ready();
          if (!closed) signals.connect();
          await connected;
          return await signals.subscribe(topic, listener, missed);
        }),
    },
    onReconnect: (listener) => reconnects.listen(listener),
    state: createRedisState(own, run, script, isCluster),
    schedules: createRedisSchedules(`${own}{schedules}:`, run, call),
    events: (names, onFeedError) =>
      createRedisFeed({
        queues: names,
        address,
        isCluster,
        baseOf,
        run,
        ends: (keys) => call('bizinsightsEventEnds', keys.length, ...keys),
        async connect() {
          const client = connect('worker');
          try {
            await untilReady(client, address, READY_LIMIT);
            return client;
          } catch (error) {
            disconnect(client);
            throw error;
          }
        },
        disconnect,
        onError: (error) => (isConnectionError(error) ? onError(error) : onFeedError(toReported(error, address))),
      }),
    queue(name) {
      let queue = queues.get(name);
      if (!queue) {
        queue = new BullQueue({
          name,
          address,
          prefix: queuePrefix(name),
          telemetry: options.telemetry,
          isReady,
          ready,
          reconnectLimit: RECONNECT_LIMIT,
          connection: commandClient,
          eventsConnection: () => {
            events ??= connect('worker');
            return events;
          },
          backend: createRedisBackend,
          isSql: false,
          acknowledged: acknowledged && ((write) => acknowledged(baseOf(name), write)),
          onError,
          store: storeOf(name),
        });
        queues.set(name, queue);
      }
      return queue;
    },
    worker(queue, process, workerOptions, listener) {
      const { client, leave } = workersClient.take();
      const wake = () => atBorder(address, () => client.zadd(`${baseOf(queue)}marker`, 0, '0'));
      const retention: RetentionOptions = {
        limits: workerOptions,
        look: (state, count) => run((redis) => lookAtKept(redis, `${baseOf(queue)}${state}`, count)),
      };
      const scripts = ownScripts(client, {
        ...workerOptions,
        base: baseOf(queue),
        name: PROCESS_NAME,
        call: (name, ...args) => callScript(client, name, args),
      });
      const attempts = createRedisAttempts({
        base: baseOf(queue),
        savedBase: `${own}{${queue}}:job:`,
        call: script,
        callPatiently: (name, ...args) => atBorder(address, () => callScript(client, name, args)),
      });
      const worker = createBullWorker(
        {
          ...workerOptions,
          attempts,
          store: storeOf(queue),
          queue,
          address,
          prefix: queuePrefix(queue),
          telemetry: options.telemetry,
          connection: client,
          planNext: perTurn((runs) =>
            planNextRuns(baseOf(queue), queue, runs, (name, ...args) => callScript(client, name, args)),
          ),
          backend(name, backendOptions) {
            const waiting = waits.share(createSharedBackend(client, name, backendOptions), {
              queue,
              marker: `${baseOf(queue)}marker`,
              client,
            });
            if (scripts) {
              endCompletedJobs(waiting, scripts, workerOptions.concurrency);
              takeFirstJobs(waiting, scripts, PROCESS_NAME);
            }
            return recoverFewAtOnce(
              removeFewAtOnce(
                makePunctual(waiting, () => wake(), onError),
                retention,
              ),
              (script, ...args) => atBorder(address, () => callScript(client, script, args)),
              { base: baseOf(queue), aside: `${own}{${queue}}:stalled` },
            );
          },
          name: PROCESS_NAME,
          wakesAlone: true,
          clock,
        },
        process,
        {
          ...listener,
          error: (error) => (isConnectionError(error) ? onError(error) : listener.error(toReported(error, address))),
        },
      );
      return {
        ready: () => atBorder(address, () => worker.ready()),
        async close(force) {
          // What waits for Redis is rejected then, and BullMQ comes to its end.
          if (force) leave();
          await worker.close(force);
          leave();
        },
      };
    },
    async health(): Promise<EngineHealth> {
      try {
        return await clock.addTo(await run((client) => readHealth(client, target.acknowledge?.replicas)));
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

/** Resolves when a client can be used; rejects when its login is refused, and after `limit` ms: ioredis would wait for ever. */
function untilReady(client: RedisClient, address: string, limit: number): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    let lastError: unknown = 'no connection so far';
    const onReady = () => settle(resolve);
    const onEnd = () => settle(() => reject(unavailable(address, CLOSED)));
    const onError = (error: unknown) => {
      lastError = error;
      if (isRefusedLogin(error)) settle(() => reject(unavailable(address, error)));
    };
    const cancel = afterPatience(limit, () => settle(() => reject(unavailable(address, lastError))));
    const settle = (finish: () => void) => {
      cancel();
      client.off('ready', onReady);
      client.off('end', onEnd);
      client.off('error', onError);
      finish();
    };
    client.on('ready', onReady);
    client.on('end', onEnd);
    client.on('error', onError);
  });
}

/** Commands made by `defineCommand` are methods that ioredis's types do not know. */
function callScript(client: RedisClient, name: string, args: (string | number)[]): Promise<unknown> {
  const method: unknown = Reflect.get(client, name);
  if (typeof method !== 'function') throw new Error(`The script "${name}" is not defined on this connection`);
  return method.apply(client, args);
}
