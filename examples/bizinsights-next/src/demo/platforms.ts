/** The platforms of the demo: two shops of the sandbox, so that no order is sold on two of them. */
import { join } from 'node:path';
import { type Sandbox, type SandboxPlatformId, startSandbox } from '@bizinsights/jobs-sandbox';

export interface DemoPlatform {
  readonly id: SandboxPlatformId;
  readonly sandbox: Sandbox;
}

export interface DemoPlatforms {
  readonly all: readonly DemoPlatform[];
  /** Stops the shops' time, or lets it go on. */
  run(isRunning: boolean): void;
  close(): Promise<void>;
}

export interface DemoOptions {
  readonly days: number;
  /** Of the main shop; the second one sells a third of it. */
  readonly ordersPerDay: number;
  /** Where the shops are kept, so that the next start has the same ones. */
  readonly dir: string;
}

const MAIN = ['shopify', 'stripe', 'google-analytics', 'facebook-ads'] as const;

export async function startPlatforms({ days, ordersPerDay, dir }: DemoOptions): Promise<DemoPlatforms> {
  let stoppedAt: number | undefined;
  const clock = () => stoppedAt ?? Date.now();
  const main = await startSandbox({
    ...{ seed: 1, platforms: MAIN, days, ordersPerDay, clock },
    stateFile: join(dir, 'sandbox-main.json'),
  });
  const second = await startSandbox({
    ...{ seed: 2, platforms: ['woocommerce'], days, ordersPerDay: Math.max(1, Math.round(ordersPerDay / 3)), clock },
    stateFile: join(dir, 'sandbox-second.json'),
  });
  return {
    all: [...MAIN.map((id) => ({ id, sandbox: main })), { id: 'woocommerce', sandbox: second }],
    run(isRunning) {
      stoppedAt = isRunning ? undefined : (stoppedAt ?? Date.now());
    },
    async close() {
      await Promise.all([main.close(), second.close()]);
    },
  };
}
