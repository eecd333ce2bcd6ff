/** Beside what happens in the shops: a webhook about the newest thing of a kind every few seconds, so that a demo moves. */
import type { SandboxPlatformId } from '@bizinsights/jobs-sandbox';
import type { DemoPlatform, DemoPlatforms } from './platforms';

const TOPICS: Partial<Record<SandboxPlatformId, readonly string[]>> = {
  shopify: ['orders/updated', 'customers/update', 'products/update'],
  stripe: ['charge.updated', 'customer.updated'],
  woocommerce: ['order.updated', 'customer.updated'],
};

export interface WebhookSender {
  /** Stops, or goes on. */
  run(isRunning: boolean): void;
  close(): Promise<void>;
}

/** @param every ms */
export function startWebhookSender({ all }: Pick<DemoPlatforms, 'all'>, every: number): WebhookSender {
  let sent = 0;
  let isRunning = true;
  let sending: Promise<void> | undefined;

  // One at a time: an app that answers late gets fewer of them.
  const timer = setInterval(() => {
    if (isRunning) sending ??= sendNext().finally(() => (sending = undefined));
  }, every);

  async function sendNext(): Promise<void> {
    const wanted = all.filter(({ id, sandbox }) => TOPICS[id] && sandbox[id].subscriptions.length > 0);
    const platform = wanted[sent % wanted.length];
    if (platform) await send(platform);
    sent += 1;
  }

  async function send({ id, sandbox }: DemoPlatform): Promise<void> {
    const topics = TOPICS[id] ?? [];
    const topic = topics[Math.floor(sent / all.length) % topics.length];
    const [subscription] = sandbox[id].subscriptions;
    if (topic === undefined || !subscription) return;
    // An app that is away gets the next one: a sync reads what it has missed.
    await sandbox[id].sendWebhook(topic, { to: subscription.to, at: Date.now() }).catch(() => undefined);
  }

  return {
    run(next) {
      isRunning = next;
    },
    async close() {
      clearInterval(timer);
      await sending;
    },
  };
}
