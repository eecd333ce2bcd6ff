/** The platforms of the demo: two shops of the sandbox, so that no order is sold on two of them. */
import { type Sandbox, type SandboxPlatformId, startSandbox } from '@bizinsights/jobs-sandbox';

export interface DemoPlatform {
  readonly id: SandboxPlatformId;
  readonly sandbox: Sandbox;
}

export interface DemoPlatforms {
  readonly all: readonly DemoPlatform[];
  /** Moves both shops on, ms. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export interface ShopSize {
  readonly days: number;
  /** Of the main shop; the second one sells a third of it. */
  readonly ordersPerDay: number;
}

const MAIN = ['shopify', 'stripe', 'google-analytics', 'facebook-ads'] as const;

export async function startPlatforms({ days, ordersPerDay }: ShopSize): Promise<DemoPlatforms> {
  const now = Date.now();
  const main = await startSandbox({ seed: 1, platforms: MAIN, days, ordersPerDay, now });
  const second = await startSandbox({
    seed: 2,
    platforms: ['woocommerce'],
    days,
    ordersPerDay: Math.max(1, Math.round(ordersPerDay / 3)),
    now,
  });
  return {
    all: [...MAIN.map((id) => ({ id, sandbox: main })), { id: 'woocommerce', sandbox: second }],
    advance(ms) {
      main.advance(ms);
      second.advance(ms);
    },
    async close() {
      await Promise.all([main.close(), second.close()]);
    },
  };
}
