/** Sends the platforms' webhooks to the app, one every few seconds, and lets the shops' time pass. */
import type { SandboxPlatformId } from '@bizinsights/jobs-sandbox';
import type { DemoPlatform, DemoPlatforms } from './platforms';

/** ms */
const EVERY = 4_000;

/** About the newest thing of its kind. */
const TOPICS: Partial<Record<SandboxPlatformId, readonly string[]>> = {
  shopify: ['orders/updated', 'customers/update', 'products/update'],
  stripe: ['charge.updated', 'customer.updated'],
  woocommerce: ['order.updated', 'customer.updated'],
};

export interface WebhookSender {
  /** From now on the webhooks of a platform go to this address. */
  subscribe(platform: string, to: string): void;
  /** Stops the shops' time and the webhooks, or lets them go on. */
  run(isRunning: boolean): void;
  close(): Promise<void>;
}

export function startWebhookSender(platforms: DemoPlatforms): WebhookSender {
  const targets = new Map<string, string>();
  let sent = 0;
  let isRunning = true;
  let sending: Promise<void> = Promise.resolve();
  let last = Date.now();

  const timer = setInterval(() => {
    const now = Date.now();
    if (isRunning) {
      platforms.advance(now - last);
      sending = sending.then(sendNext);
    }
    last = now;
  }, EVERY);

  async function sendNext(): Promise<void> {
    const wanted = platforms.all.filter(({ id }) => targets.has(id) && TOPICS[id]);
    const platform = wanted[sent % wanted.length];
    if (platform) await send(platform);
    sent += 1;
  }

  async function send({ id, sandbox }: DemoPlatform): Promise<void> {
    const topics = TOPICS[id] ?? [];
    const topic = topics[Math.floor(sent / platforms.all.length) % topics.length];
    const to = targets.get(id);
    if (topic === undefined || to === undefined) return;
    // An app that is away gets the next one: a sync reads what it has missed.
    await sandbox[id].sendWebhook(topic, { to, at: Date.now() }).catch(() => undefined);
  }

  return {
    subscribe: (platform, to) => void targets.set(platform, to),
    run(next) {
      isRunning = next;
    },
    async close() {
      clearInterval(timer);
      await sending;
    },
  };
}
