/** The Redis engine: BullMQ as it is, on connections that fail fast for callers and wait for ever for workers. */
import { hostname } from 'node:os';
import { createRedisBackend } from 'bullmq';
import { MAX_PRIORITY } from './bounds.js';
import { BullQueue } from './bullmq-queue.js';
import { createBullWorker } from './bullmq-worker.js';
import { toEngineError, unavailable } from './connection-error.js';
import type { Engine, EngineHealth, EngineOptions } from './engine.js';
import type { RedisClient, RedisTarget } from './redis-connection.js';
import { FAIR_PRIORITIES } from './redis-scripts.js';
import { createRedisSignals } from './redis-signals.js';
import { createRedisState, type ScriptName, STATE_SCRIPTS } from './redis-state.js';

/** How long an operation waits for a connection before it says that there is none. ms */
const READY_LIMIT = 4_000;

export function createRedisEngine(target: RedisTarget, options: EngineOptions): Engine {
  const { prefix, onError } = options;
  const { address, isCluster } = target;
  const queues = new Map<string, BullQueue>();
  const clients = new Set<RedisClient>();
  let commands: RedisClient | undefined;
  let workers: RedisClient | undefined;
  let closed = false;

  const connect = (purpose: 'commands' | 'worker'): RedisClient => {
    if (closed) throw unavailable(address, 'it has been closed');
    const client = target.connect(purpose);
    client.on('error', onError);
    clients.add(client);
    return client;
  };
  const commandClient = (): RedisClient => {
    if (!commands) {
      commands = connect('commands');
      for (const [name, lua] of Object.entries(STATE_SCRIPTS)) commands.defineCommand(name, { numberOfKeys: 1, lua });
      commands.defineCommand('bizinsightsFairPriorities', { numberOfKeys: 4, lua: FAIR_PRIORITIES });
    }
    return commands;
  };
  const ready = () => untilReady(commandClient(), address);
  const run = async <T>(command: (client: RedisClient) => Promise<T>): Promise<T> => {
    try {
      await ready();
      return await command(commandClient());
    } catch (error) {
      throw toEngineError(error, address);
    }
  };
  const call = (name: string, ...args: (string | number)[]) => run((client) => callScript(client, name, args));
  const script = (name: ScriptName, ...args: (string | number)[]) => call(name, ...args);
  const signals = createRedisSignals(
    `bizinsights:${prefix}:`,
    (channel, message) => run((client) => client.publish(channel, message)),
    () => connect('worker'),
    onError,
  );
  /** In a Cluster all keys of a queue are in one slot, and each queue in its own. */
  const queuePrefix = (name: string) => (isCluster ? `${prefix}:{${name}}` : prefix);

  return {
    kind: 'redis',
    address,
    ready,
    signals,
    state: createRedisState(`bizinsights:${prefix}:`, run, script),
    queue(name) {
      let queue = queues.get(name);
      if (!queue) {
        const base = `${queuePrefix(name)}:${name}:`;
        queue = new BullQueue({
          name,
          address,
          prefix: queuePrefix(name),
          telemetry: options.telemetry,
          ready,
          connection: commandClient,
          eventsConnection: () => {
            workers ??= connect('worker');
            return workers;
          },
          backend: createRedisBackend,
          addsInOneStatement: false,
          onError,
          fairPriorities: async (tenants) => {
            const keys = [
              `${base}prioritized`,
              `${base}active`,
              `${base}delayed`,
              `bizinsights:${prefix}:{${name}}:fair`,
            ];
            const answer = await call('bizinsightsFairPriorities', ...keys, base, MAX_PRIORITY, ...tenants);
            return Array.isArray(answer) ? answer.map(Number) : [];
          },
        });
        queues.set(name, queue);
      }
      return queue;
    },
    worker(queue, process, workerOptions, listener) {
      workers ??= connect('worker');
      return createBullWorker(
        {
          ...workerOptions,
          queue,
          prefix: queuePrefix(queue),
          telemetry: options.telemetry,
          connection: workers,
          backend: createRedisBackend,
          name: `${hostname()}:${globalThis.process.pid}`,
        },
        process,
        listener,
      );
    },
    async health(): Promise<EngineHealth> {
      try {
        return await run(readHealth);
      } catch (error) {
        return { reachable: false, warnings: [], error: error instanceof Error ? error.message : String(error) };
      }
    },
    async close() {
      closed = true;
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await signals.close();
      // Everything has been answered by now: nothing is lost by not asking Redis's leave.
      for (const client of clients) client.disconnect();
    },
  };
}

/** Resolves when a client can be used; rejects after {@link READY_LIMIT}, as ioredis itself would wait for ever. */
function untilReady(client: RedisClient, address: string): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    let lastError: unknown = 'no connection so far';
    const onReady = () => settle(resolve);
    const onError = (error: unknown) => {
      lastError = error;
    };
    const timer = setTimeout(() => settle(() => reject(unavailable(address, lastError))), READY_LIMIT);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      client.off('ready', onReady);
      client.off('error', onError);
      finish();
    };
    client.on('ready', onReady);
    client.on('error', onError);
  });
}

async function readHealth(client: RedisClient): Promise<EngineHealth> {
  const start = performance.now();
  await client.ping();
  const latency = performance.now() - start;
  const info = await client.info();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = field('maxmemory_policy');
  const warnings =
    policy === undefined || policy === 'noeviction'
      ? []
      : [`maxmemory-policy is "${policy}": Redis may throw jobs away when memory runs out. Set it to "noeviction".`];
  return { reachable: true, latency, warnings, ...versionOf(field('redis_version')) };
}

function versionOf(version: string | undefined): { version?: string } {
  return version === undefined ? {} : { version };
}

/** Commands made by `defineCommand` are methods that ioredis's types do not know. */
function callScript(client: RedisClient, name: string, args: (string | number)[]): Promise<unknown> {
  const method: unknown = Reflect.get(client, name);
  if (typeof method !== 'function') throw new Error(`The script "${name}" is not defined on this connection`);
  return method.apply(client, args);
}
