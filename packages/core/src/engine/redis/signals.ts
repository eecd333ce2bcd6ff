/** Signals by Redis's publish and subscribe. */
import type { Signals } from '../contract.js';
import type { RedisClient } from './connection/connection.js';

interface Subscription {
  readonly listener: (message: string) => void;
  readonly missed: (() => void) | undefined;
}

/** By then a Cluster listens through another node. ms */
const RESUBSCRIBED = 2_000;

/** Signals and the connection that listens, which is opened with the first subscription. */
export interface RedisSignals extends Signals {
  /** Opens the connection that listens, where there is none. */
  connect(): void;
  close(): Promise<void>;
}

/** @param inTime rejects when an answer is late: the connection that listens would wait for ever */
export function createRedisSignals(
  prefix: string,
  publish: (channel: string, message: string) => Promise<unknown>,
  connect: () => RedisClient,
  inTime: <T>(answer: Promise<T>) => Promise<T>,
  onError: (error: Error) => void,
): RedisSignals {
  const subscriptions = new Map<string, Set<Subscription>>();
  let subscriber: RedisClient | undefined;

  const open = (): RedisClient => {
    const client = connect();
    client.on('message', (channel: string, message: string) => {
      for (const { listener } of subscriptions.get(channel) ?? []) listener(message);
    });
    // ioredis subscribes again by itself; what was said meanwhile is lost.
    const tellMissed = () => {
      for (const set of subscriptions.values()) for (const { missed } of set) missed?.();
    };
    let connected = false;
    client.on('ready', () => {
      if (connected) tellMissed();
      connected = true;
    });
    // A Cluster listens through one of its nodes and, when that is gone, through another, which it does not tell.
    client.on('-node', () => setTimeout(tellMissed, RESUBSCRIBED).unref());
    return client;
  };

  return {
    async publish(topic, message) {
      await publish(prefix + topic, message);
    },
    connect() {
      subscriber ??= open();
    },
    async subscribe(topic, listener, missed) {
      const channel = prefix + topic;
      subscriber ??= open();
      const set = subscriptions.get(channel) ?? new Set();
      subscriptions.set(channel, set);
      const subscription = { listener, missed };
      set.add(subscription);
      const forget = () => {
        set.delete(subscription);
        if (set.size === 0) subscriptions.delete(channel);
      };
      try {
        if (set.size === 1) await inTime(subscriber.subscribe(channel));
      } catch (error) {
        forget();
        throw error;
      }
      return async () => {
        forget();
        if (set.size > 0) return;
        // Not waited for: it has no listener any more, and Redis may be away. A subscription made until then stays.
        setImmediate(() => {
          if (!subscriptions.has(channel) && subscriber?.status === 'ready')
            subscriber.unsubscribe(channel).catch(onError);
        });
      };
    },
    async close() {
      subscriptions.clear();
      subscriber?.disconnect();
    },
  };
}
