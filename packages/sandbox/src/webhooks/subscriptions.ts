/** Who has asked one platform for webhooks, and about what. */
import { createHash } from 'node:crypto';
import { defined } from '@bizinsights/jobs-core';
import type { SandboxPlatform } from '../platform.js';
import type { ShopHappening, ShopPlatform } from '../shop/shop.js';
import { type Courier, createCourier } from './courier.js';

/** What `subscribe` takes. */
export interface SubscribeOptions {
  /** One or several of `webhookTopics`. Default: all of them. */
  readonly topics?: string | readonly string[];
  /** Where the webhooks are posted. */
  readonly to: string | URL;
  /** What they are signed with. Default: the server's `webhookSecret`. */
  readonly secret?: string;
}

/** A subscription, and what has become of its webhooks since the sandbox was started. */
export interface SandboxSubscription {
  readonly topics: readonly string[];
  readonly to: string;
  /** Answered with a status from 200 to 299. */
  readonly delivered: number;
  /** Given up: after six attempts within two minutes, or because a thousand others were waiting. */
  readonly failed: number;
  /** Under way, or waiting for another attempt. */
  readonly pending: number;
}

/** A subscription as it is kept. */
export interface KeptSubscription {
  readonly topics: readonly string[];
  readonly to: string;
  readonly secret?: string;
}

interface Subscriber extends KeptSubscription {
  readonly courier: Courier;
}

interface SubscriptionsOptions {
  readonly id: ShopPlatform;
  readonly webhooks: SandboxPlatform['webhooks'];
}

export function createSubscriptions({ id, webhooks }: SubscriptionsOptions) {
  const subscribers = new Map<string, Subscriber>();
  /** Those of subscriptions that are no more: they still end. */
  const closing = new Set<Promise<void>>();

  function unsubscribe(to?: string | URL): void {
    for (const [address, { courier }] of subscribers) {
      if (to !== undefined && address !== new URL(to).href) continue;
      subscribers.delete(address);
      const closed = courier.close().finally(() => closing.delete(closed));
      closing.add(closed);
    }
  }

  return {
    /** @throws {TypeError} for an address that is none, and a topic that the platform does not send */
    subscribe({ topics = webhooks?.topics ?? [], to, secret }: SubscribeOptions): void {
      const address = new URL(to).href;
      const wanted = [topics].flat();
      const unknown = wanted.find((topic) => !webhooks?.topics.includes(topic));
      if (unknown !== undefined || wanted.length === 0) {
        throw new TypeError(`The sandbox sends no webhook "${unknown ?? ''}" of ${id}: see webhookTopics`);
      }
      unsubscribe(address);
      subscribers.set(address, {
        topics: wanted,
        to: address,
        ...defined({ secret }),
        courier: createCourier(address),
      });
    },
    unsubscribe,
    list: (): SandboxSubscription[] =>
      [...subscribers.values()].map(({ topics, to, courier }) => ({ topics, to, ...courier.counts() })),
    kept: (): KeptSubscription[] =>
      [...subscribers.values()].map(({ topics, to, secret }) => ({ topics, to, ...defined({ secret }) })),
    /**
     * Sends what the subscribers want to know of it.
     *
     * @param at the time that is signed, epoch ms
     */
    hear(happening: ShopHappening, at: number): void {
      if (!webhooks || subscribers.size === 0) return;
      for (const topic of webhooks.topicsOf(happening)) {
        for (const { topics, secret = webhooks.secret, courier } of subscribers.values()) {
          if (!topics.includes(topic)) continue;
          const deliveryId = deliveryIdOf(id, topic, happening);
          courier.send(webhooks.make(topic, { secret, at, about: happening, deliveryId }));
        }
      }
    },
    /** Sends nothing more. Who has subscribed is still known. */
    async close(): Promise<void> {
      await Promise.all([...closing, ...[...subscribers.values()].map(({ courier }) => courier.close())]);
    },
  };
}

/** The same each time, also after a restart: who has processed a webhook knows it again. */
function deliveryIdOf(id: ShopPlatform, topic: string, { id: number, at }: ShopHappening): string {
  const hash = createHash('sha256').update(`${id}/${topic}/${number}/${at}`).digest('hex');
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-');
}
