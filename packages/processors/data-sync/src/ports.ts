/** What the host supplies: its integrations. Where the records go is `RecordSink` of platforms. `@bizinsights/jobs-store` has both. */
import type { Json } from '@bizinsights/jobs-platforms';

/**
 * `active`: synced. `error`: the last sync has failed, the next one tries again. `access-lost`: the platform does not
 * accept the credentials; a person has to connect the account again. `disabled`: switched off by the host.
 */
export type IntegrationStatus = 'active' | 'error' | 'access-lost' | 'disabled';

/** When an integration is synced, where it is not in its platform's rhythm. */
export type SyncRhythm =
  /** ms, at least 60,000. */
  { readonly every: number } | { readonly cron: string; readonly timezone: string };

/** One account of an organization on a platform. */
export interface Integration {
  readonly id: string;
  readonly organizationId: string;
  /** The platform's id: `shopify`. */
  readonly platform: string;
  readonly status: IntegrationStatus;
  /** Default: the platform's rhythm. */
  readonly rhythm?: SyncRhythm;
  /**
   * The platform's own name of the account that the credentials are of, where the host knows it: `identifyAccount` asks the
   * platform. With it a sync goes on where it was when the credentials are renewed, also where these name no account.
   */
  readonly account?: string | undefined;
  /** Changes when the account is connected anew: what a sync says of old credentials means nothing for the new ones. */
  readonly connection: string;
}

/** How a sync ended. */
export type SyncOutcome =
  | { readonly kind: 'synced'; readonly at: number }
  /** The last attempt has failed. */
  | { readonly kind: 'failed'; readonly at: number; readonly reason: string }
  | { readonly kind: 'access-lost'; readonly at: number; readonly reason: string };

/** The host's integrations. A suite that checks an implementation: `storeConformance` of `@bizinsights/jobs-store/conformance`. */
export interface IntegrationStore {
  find(id: string): Promise<Integration | undefined>;
  /** Decrypted; undefined when there are none. They are asked for at the begin of each sync and kept nowhere. */
  credentials(id: string): Promise<unknown>;
  /** What `RecordSink.write` has saved last for a stream. */
  cursor(id: string, stream: string): Promise<Json | undefined>;
  /** All but the disabled ones, one after the other: there may be many thousands. */
  scheduled(): AsyncIterable<Integration>;
  /**
   * Keeps how a sync ended: `synced` makes the status `active`, `failed` makes it `error`, `access-lost` that. A disabled
   * integration stays disabled; `failed` leaves `access-lost` as it is; `access-lost` is dropped when the integration's
   * `connection` is another one by now.
   */
  report(integration: Integration, outcome: SyncOutcome): Promise<void>;
}
