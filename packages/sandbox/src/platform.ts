/** What one platform adds to the sandbox: its answers, its errors, its webhooks. The server around it is the same for all. */
import type { Caveat, Mode } from '@bizinsights/jobs-platforms';
import type { Shop, ShopHappening } from './shop/shop.js';

/** A request, read to its end. */
export interface SandboxRequest {
  readonly method: string;
  /** Path and query; the host is the server's own. */
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export interface SandboxResponse {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A string goes out as it is, anything else as JSON. */
  readonly body: unknown;
}

/** A webhook ready to be sent: signed. */
export interface SandboxWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a webhook is made. */
export interface SandboxWebhookOptions {
  readonly secret: string;
  /** The time that is signed, where the platform signs one, epoch ms. */
  readonly at: number;
  readonly mode?: Mode | undefined;
  /** What it tells of. Absent: the newest thing that fits the topic. */
  readonly about?: ShopHappening;
  /** A UUID, the same whenever it is sent again. Absent: a new one. */
  readonly deliveryId?: string;
}

/** What the credentials of the sandbox's Shopify may read. */
export interface SandboxGrants {
  /** The app's scopes. Without `read_all_orders`, orders of more than 60 days ago are not listed. */
  scopes: readonly string[];
  /** Fields that the app is refused, as it has no approval for them: `Order.shippingAddress`. */
  refusedFields: readonly string[];
}

/** What platforms show a view of. */
export interface SandboxWorld {
  readonly shop: Shop;
  readonly grants: Readonly<SandboxGrants>;
  /** The sandbox's clock, epoch ms. */
  now(): number;
  /** Real time since it was started, ms: what limits by the second go by. */
  elapsed(): number;
  /** Something that is made once, and is the same after a restart with the sandbox's state. */
  kept(name: string, make: () => string): string;
  /** The server's own address, for links in answers. */
  readonly url: () => string;
}

/** How a platform says no. */
export interface SandboxFailures {
  /** Come back later. With the headers that say when. */
  rateLimited(): SandboxResponse | Promise<SandboxResponse>;
  serverError(): SandboxResponse;
  /** The credentials are not accepted any more: expired, revoked, uninstalled. */
  accessLost(request: SandboxRequest): SandboxResponse;
}

/** One platform's part of a running sandbox. May keep state: what a bucket still holds, reports under way. */
export interface SandboxPlatform<Credentials = unknown> {
  /** What connects to this server, as the platform's `connect` takes it. */
  readonly credentials: Credentials;
  /** Answers as the platform does; a wrong request with the platform's own error. */
  answer(request: SandboxRequest): SandboxResponse | Promise<SandboxResponse>;
  readonly failures: SandboxFailures;
  /** Which requests faults are for. Default: all. A token request, say, is none. */
  isPage?(request: SandboxRequest): boolean;
  /** Makes one record of an answer unreadable. Changes a copy. */
  breakRecord(answer: SandboxResponse): SandboxResponse;
  /** Makes a report less than exact, and says so as the platform does. Changes a copy. Absent: it has no such reports. */
  blur?(answer: SandboxResponse, caveats: readonly Caveat[]): SandboxResponse;
  /** The secret that webhooks are signed with, and one of them about the newest thing that fits the topic. Absent: none. */
  readonly webhooks?: {
    readonly secret: string;
    readonly topics: readonly string[];
    /** Those that nobody subscribes to, and that it sends all the same. */
    readonly privacyTopics?: readonly string[];
    /** Those that something is told by, in the order in which they are sent. Of `topics` alone. */
    topicsOf(happening: ShopHappening): readonly string[];
    make(topic: string, options: SandboxWebhookOptions): SandboxWebhook;
  };
}

/** Opens one platform's part. */
export type OpenSandboxPlatform<Credentials = unknown> = (world: SandboxWorld) => SandboxPlatform<Credentials>;
