/** A running sandbox, and its servers as getters. */
import type { PlatformHttp } from '@bizinsights/jobs-platforms';
import type { OpenSandboxPlatform, SandboxGrants } from './platform.js';
import type { PLATFORMS, SandboxPlatformId } from './platforms.js';
import type { SandboxServer } from './server.js';
import type { Shop } from './shop/shop.js';
import type { SandboxTruth, TruthOptions } from './shop/truth.js';

type Servers = {
  readonly [Id in SandboxPlatformId]: (typeof PLATFORMS)[Id] extends OpenSandboxPlatform<infer Credentials>
    ? SandboxServer<Credentials>
    : never;
};

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
  /**
   * Moves time on, ms: orders come in, some are paid, refunded, cancelled, disputed.
   *
   * @throws {TypeError} where the clock is the real one, which moves on by itself
   */
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
  /**
   * What an organization that has connected these platforms must come to at this moment, to check a product against it: the
   * records of each platform, and the figures of each day.
   *
   * @param options.platforms default: those that were started
   * @param options.timeZone the organization's, IANA. Default: the shop's
   *
   * @example
   * ```ts
   * const { rows, days } = sandbox.truth({ timeZone: 'Europe/Berlin' });
   * console.log(rows.shopify?.order, days.at(-1)?.revenue); // 815, and cents
   * ```
   */
  truth(options?: TruthOptions): SandboxTruth;
  /** Stops the clock, the webhooks and the servers, and writes the state a last time. */
  close(): Promise<void>;
}

export type Started = { readonly [Id in SandboxPlatformId]: () => Servers[Id] };

export function missing(id: SandboxPlatformId): () => never {
  return () => {
    throw new TypeError(`This sandbox was started without ${id}: startSandbox({ platforms: ['${id}', …] })`);
  };
}

/** The servers are getters of the class, so that `{ ...sandbox }` does not ask for one that was not started. */
export class RunningSandbox implements Sandbox {
  readonly shop: Shop;
  readonly grants: SandboxGrants;
  readonly http: PlatformHttp;
  readonly baseUrls: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  readonly change: () => void;
  readonly edit: () => void;
  readonly remove: () => void;
  readonly truth: (options?: TruthOptions) => SandboxTruth;
  readonly close: () => Promise<void>;
  readonly #servers: Started;

  constructor(
    servers: Started,
    {
      shop,
      grants,
      http,
      baseUrls,
      now,
      advance,
      change,
      edit,
      remove,
      truth,
      close,
    }: Omit<Sandbox, SandboxPlatformId>,
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
    this.truth = truth;
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
