/** `startSandbox`: one shop, and a local server for each platform that shows it. */
import { createPlatformHttp } from '@bizinsights/jobs-platforms';
import { createLiveShop } from './live-shop.js';
import type { OpenSandboxPlatform, SandboxGrants } from './platform.js';
import { PLATFORMS, type SandboxPlatformId } from './platforms.js';
import { missing, RunningSandbox, type Sandbox, type Started } from './running-sandbox.js';
import { type StartedServer, startServer } from './server.js';
import { DAY, startOfDay } from './shop/calendar.js';
import { isHeardBy, seenBy } from './shop/seen-by.js';
import { truthOf } from './shop/truth.js';
import { createStateWriter, readState, refusal, type SandboxState } from './state-file.js';
import type { SubscribeOptions } from './webhooks/subscriptions.js';

/** What `startSandbox` takes. */
export interface SandboxOptions {
  /** The same seed gives the same shop. Default: 1. */
  readonly seed?: number;
  /** Which servers to start. Default: all. */
  readonly platforms?: readonly SandboxPlatformId[];
  /** How long the shop has been open, in days. Default: 90. */
  readonly days?: number;
  /** Orders on an average day of its first month. Default: 8. */
  readonly ordersPerDay?: number;
  /** What the credentials of Shopify's server may read. Default: everything. */
  readonly grants?: Partial<SandboxGrants>;
  /** Where its clock stands, epoch ms. Default: noon of 24 November 2026, UTC. Not used where `clock` is real. */
  readonly now?: number;
  /**
   * `still`: the clock moves by `advance` alone. `real`: it is the machine's, and orders come in, are paid and refunded at
   * the real time of day in the shop's zone; what was missed while the machine slept is caught up. A function is a real
   * clock of your own, epoch ms, such as one of a test. Default: `still`.
   */
  readonly clock?: 'still' | 'real' | (() => number);
  /**
   * A file that keeps the sandbox: started again with it, the same shop goes on, with its ids, changes, faults, grants and
   * subscriptions, on the same ports where they are free; a real clock fills in what has happened in between. Default: none.
   */
  readonly stateFile?: string;
  /** Subscribes at the start, for each platform in place of the subscriptions that `stateFile` has. */
  readonly webhooks?: Readonly<Partial<Record<SandboxPlatformId, SubscribeOptions>>>;
  /** Whether the shop has incidents. Default: true. */
  readonly incidents?: boolean;
}

const ALL: SandboxGrants = {
  scopes: ['read_orders', 'read_all_orders', 'read_products', 'read_customers'],
  refusedFields: [],
};

/** How often a real clock is looked at, and the state written where it has changed. ms */
const TICK = 1_000;

const DEFAULTS = {
  seed: 1,
  days: 90,
  ordersPerDay: 8,
  now: Date.UTC(2026, 10, 24, 12),
  clock: 'still',
  incidents: true,
} as const;

/**
 * Starts the local servers, on free ports of the loopback interface.
 *
 * @throws {SandboxStateError} for a `stateFile` that is damaged, of another version or of another shop
 * @throws {TypeError} for an address or a topic of `webhooks` that is none
 *
 * @example
 * ```ts
 * import { stripe } from '@bizinsights/jobs-platforms/stripe';
 *
 * const sandbox = await startSandbox({ platforms: ['stripe'] });
 * const { streams } = stripe.connect(sandbox.stripe.credentials, sandbox.http);
 * sandbox.stripe.faults.push('rate-limited');
 * sandbox.advance(3_600_000);
 * await sandbox.stripe.sendWebhook('charge.refunded', { to: 'http://127.0.0.1:3000/api/webhooks/stripe' });
 * await sandbox.close();
 * ```
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { platforms, grants: given, clock, stateFile, webhooks = {}, ...rest } = { ...DEFAULTS, ...options };
  const read = clock === 'still' ? undefined : inSeconds(clock === 'real' ? Date.now : clock);
  const before = stateFile === undefined ? undefined : readState(stateFile);
  if (stateFile !== undefined && before) checkShop(stateFile, before, options);
  const { seed, ordersPerDay, incidents, days, now } = { ...rest, now: read?.() ?? rest.now, ...before };
  const openedAt = before?.openedAt ?? startOfDay(now) - days * DAY;
  const grants: SandboxGrants = { ...(before?.grants ?? ALL), ...given };
  const kept = { ...before?.kept };
  const running = new Map<SandboxPlatformId, StartedServer<unknown>>();
  const baseUrls: Record<string, string> = {};

  const live = createLiveShop({
    ...{ seed, ordersPerDay, incidents, openedAt, now, log: before?.log ?? [], clock: read },
    tell(happening, at) {
      for (const [id, server] of running) if (isHeardBy(live.shop, id, happening)) server.hear(happening, at);
    },
  });

  const write = stateFile === undefined ? undefined : createStateWriter(stateFile);
  function save(isLast = false): void {
    const servers = Object.fromEntries([...running].map(([id, server]) => [id, server.state()]));
    write?.(
      {
        ...{ seed, ordersPerDay, incidents, days, openedAt, clock: read ? 'real' : 'still', now: live.now() },
        ...{
          log: [...live.log],
          grants: { scopes: [...grants.scopes], refusedFields: [...grants.refusedFields] },
          kept,
        },
        servers: { ...before?.servers, ...servers },
      },
      isLast,
    );
  }
  const saved = (change: () => void) => () => {
    change();
    save();
  };

  async function start<Credentials>(id: SandboxPlatformId, open: OpenSandboxPlatform<Credentials>) {
    if (platforms && !platforms.includes(id)) return missing(id);
    const world = {
      ...{ shop: seenBy(live.shop, id), grants, now: live.now, elapsed: () => performance.now() },
      kept: (name: string, make: () => string) => (kept[name] ??= make()),
    };
    const change = saved(() => live.act('change'));
    const server = await startServer({ id, open, world, change, kept: before?.servers[id], onChange: () => save() });
    running.set(id, server);
    baseUrls[id] = server.url;
    return () => server;
  }
  let timer: NodeJS.Timeout | undefined;
  async function closeServers(): Promise<void> {
    clearInterval(timer);
    await Promise.all([...running.values()].map((server) => server.close()));
  }

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    try {
      save(true);
    } finally {
      await closeServers();
    }
  }

  /** A disk that is full for a while must not end the process: `close` tries once more, and tells. */
  function tick(): void {
    live.now();
    try {
      save();
    } catch {}
  }

  try {
    const servers: Started = {
      shopify: await start('shopify', PLATFORMS.shopify),
      stripe: await start('stripe', PLATFORMS.stripe),
      'google-analytics': await start('google-analytics', PLATFORMS['google-analytics']),
      'facebook-ads': await start('facebook-ads', PLATFORMS['facebook-ads']),
      woocommerce: await start('woocommerce', PLATFORMS.woocommerce),
    };
    for (const [id, server] of running) {
      const wanted = webhooks[id];
      if (!wanted) continue;
      server.unsubscribe();
      server.subscribe(wanted);
    }
    live.now();
    save();
    if (read || write) timer = setInterval(tick, TICK).unref();
    return new RunningSandbox(servers, {
      shop: live.shop,
      grants,
      http: createPlatformHttp({ baseUrls }),
      baseUrls,
      now: live.now,
      advance(ms) {
        live.advance(ms);
        save();
      },
      change: saved(() => live.act('change')),
      edit: saved(() => live.act('edit')),
      remove: saved(() => live.act('remove')),
      truth({ platforms: of = [...running.keys()], timeZone = live.shop.zone } = {}) {
        live.now();
        return truthOf(live.shop, of, timeZone);
      },
      // The second call must not write over the state of who has opened it after the first.
      close: () => (closed ??= close()),
    });
  } catch (error) {
    await closeServers();
    throw error;
  }
}

/** The shop's times are whole seconds. */
function inSeconds(clock: () => number): () => number {
  return () => Math.floor(clock() / 1_000) * 1_000;
}

/** What makes a shop another one can't be changed by an option. */
function checkShop(path: string, before: SandboxState, { clock, ...options }: SandboxOptions): void {
  const asked = {
    ...options,
    ...(clock === undefined ? {} : { clock: clock === 'still' ? 'still' : 'real' }),
  } as const;
  for (const name of ['seed', 'days', 'ordersPerDay', 'incidents', 'clock'] as const) {
    const value = asked[name];
    if (value !== undefined && value !== before[name]) {
      throw refusal(path, `is of a shop with ${name} ${before[name]}, and ${value} is asked for`);
    }
  }
}
