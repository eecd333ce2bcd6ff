/** `startSandbox`: one shop, and a local server for each platform that shows it. */
import { createPlatformHttp, type PlatformHttp } from '@bizinsights/jobs-platforms';
import { facebookAdsSandbox } from './facebook-ads/index.js';
import { googleAnalyticsSandbox } from './google-analytics/index.js';
import type { OpenSandboxPlatform, SandboxGrants } from './platform.js';
import { type SandboxServer, type StartedServer, startServer } from './server.js';
import { openShop } from './shop/open-shop.js';
import type { Shop } from './shop/shop.js';
import { shopifySandbox } from './shopify/index.js';
import { stripeSandbox } from './stripe/index.js';
import { wooCommerceSandbox } from './woocommerce/index.js';

/** What opens each platform's part. */
const PLATFORMS = {
  shopify: shopifySandbox,
  stripe: stripeSandbox,
  'google-analytics': googleAnalyticsSandbox,
  'facebook-ads': facebookAdsSandbox,
  woocommerce: wooCommerceSandbox,
} as const;

export type SandboxPlatformId = keyof typeof PLATFORMS;

type Servers = {
  readonly [Id in SandboxPlatformId]: (typeof PLATFORMS)[Id] extends OpenSandboxPlatform<infer Credentials>
    ? SandboxServer<Credentials>
    : never;
};

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
  /** Where its clock stands, epoch ms. It moves by `advance` alone. Default: noon of 24 November 2026, UTC. */
  readonly now?: number;
}

/** A running sandbox. A server that was not started is not there: asking for it throws. */
export interface Sandbox extends Servers {
  /** The truth, of which each server shows its view. */
  readonly shop: Shop;
  /** What the credentials of Shopify's server may read. Change it, and the next request goes by it. */
  readonly grants: SandboxGrants;
  /** A client whose platforms are these servers. */
  readonly http: PlatformHttp;
  /** Where the platforms are, for `createPlatformHttp({ baseUrls })`. */
  readonly baseUrls: Readonly<Record<string, string>>;
  /** The sandbox's clock, epoch ms. */
  now(): number;
  /** Moves time on, ms: orders come in, some are paid, refunded, cancelled, disputed. */
  advance(ms: number): void;
  /** Makes and changes some records of each kind right now, also figures of past days. */
  change(): void;
  /**
   * Edits two paid orders right now, without money that moves: the oldest one that has several things loses one of them,
   * and the next gets one more.
   */
  edit(): void;
  /** Deletes the oldest order, product, customer and campaign. */
  remove(): void;
  close(): Promise<void>;
}

const ALL: SandboxGrants = {
  scopes: ['read_orders', 'read_all_orders', 'read_products', 'read_customers'],
  refusedFields: [],
};

const DEFAULTS = { seed: 1, days: 90, ordersPerDay: 8, now: Date.UTC(2026, 10, 24, 12) } as const;

/**
 * Starts the local servers, on free ports of the loopback interface.
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
  const { platforms, grants: given, ...rest } = { ...DEFAULTS, ...options };
  const grants: SandboxGrants = { ...ALL, ...given };
  const { shop, now, advance, change, edit, remove } = openShop(rest);
  const world = { shop, grants, now, elapsed: () => performance.now() };
  const running: StartedServer<unknown>[] = [];
  const baseUrls: Record<string, string> = {};
  async function start<Credentials>(id: SandboxPlatformId, open: OpenSandboxPlatform<Credentials>) {
    if (platforms && !platforms.includes(id)) return missing(id);
    const server = await startServer(open, world, change);
    running.push(server);
    baseUrls[id] = server.url;
    return () => server;
  }
  const servers: Started = {
    shopify: await start('shopify', PLATFORMS.shopify),
    stripe: await start('stripe', PLATFORMS.stripe),
    'google-analytics': await start('google-analytics', PLATFORMS['google-analytics']),
    'facebook-ads': await start('facebook-ads', PLATFORMS['facebook-ads']),
    woocommerce: await start('woocommerce', PLATFORMS.woocommerce),
  };
  return new RunningSandbox(servers, {
    shop,
    grants,
    http: createPlatformHttp({ baseUrls }),
    baseUrls,
    now,
    advance,
    change,
    edit,
    remove,
    async close() {
      await Promise.all(running.map((server) => server.close()));
    },
  });
}

type Started = { readonly [Id in SandboxPlatformId]: () => Servers[Id] };

function missing(id: SandboxPlatformId): () => never {
  return () => {
    throw new TypeError(`This sandbox was started without ${id}: startSandbox({ platforms: ['${id}', …] })`);
  };
}

/** The servers are getters of the class, so that `{ ...sandbox }` does not ask for one that was not started. */
class RunningSandbox implements Sandbox {
  readonly shop: Shop;
  readonly grants: SandboxGrants;
  readonly http: PlatformHttp;
  readonly baseUrls: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  readonly change: () => void;
  readonly edit: () => void;
  readonly remove: () => void;
  readonly close: () => Promise<void>;
  readonly #servers: Started;

  constructor(
    servers: Started,
    { shop, grants, http, baseUrls, now, advance, change, edit, remove, close }: Omit<Sandbox, SandboxPlatformId>,
  ) {
    this.#servers = servers;
    this.shop = shop;
    this.grants = grants;
    this.http = http;
    this.baseUrls = baseUrls;
    this.now = now;
    this.advance = advance;
    this.change = change;
    this.edit = edit;
    this.remove = remove;
    this.close = close;
  }

  get shopify() {
    return this.#servers.shopify();
  }

  get stripe() {
    return this.#servers.stripe();
  }

  get 'google-analytics'() {
    return this.#servers['google-analytics']();
  }

  get 'facebook-ads'() {
    return this.#servers['facebook-ads']();
  }

  get woocommerce() {
    return this.#servers.woocommerce();
  }
}
