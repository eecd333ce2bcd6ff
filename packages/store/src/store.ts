/** `createStore`: all of the store on one pool. */
import type { CleanUpTask } from '@bizinsights/jobs-core';
import type { Pool } from 'pg';
import { Alerts } from './alerts/alerts.js';
import { openDatabase } from './database/database.js';
import { migrate } from './database/migrate.js';
import { withPlainErrors } from './database/plain-errors.js';
import { Insights } from './insights/insights.js';
import { Integrations } from './integrations/integrations.js';
import { KEYS_VARIABLE, type Keyring, readKeyring } from './integrations/keyring.js';
import { Organizations } from './integrations/organizations.js';
import { type KeyRotation, rotateKeys } from './integrations/rotate-keys.js';
import { WebhookAccounts } from './integrations/webhook-accounts.js';
import type { ConvertMoney } from './metrics/convert-money.js';
import { Metrics } from './metrics/metrics.js';
import { Privacy } from './privacy/privacy.js';
import { Records } from './records/records.js';
import { ReportSource } from './reports/report-data.js';
import { Reports } from './reports/reports.js';
import { cleanUpTasks, type Retention } from './retention/retention.js';

/** What `createStore` takes. */
export interface StoreOptions {
  /** Of a PostgreSQL server (14 or newer), or of `openEmbedded`. Yours: close it when the store is no longer used. */
  readonly pool: Pool;
  /**
   * What credentials are encrypted with: `id:key` or several, by commas, the current one first. A key is 32 bytes in
   * base64. Default: `INTEGRATION_KEYS` of the environment, read when it is first needed.
   */
  readonly keys?: string;
  /** Money in another currency. Default: there are no rates, and a day with foreign money is `isPartial`. */
  readonly convert?: ConvertMoney;
  /** Variables to read instead of the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** The store. Its tables are in the schema `bizinsights`. */
export interface Store {
  /** Also the port `AlertMembers` of `@bizinsights/jobs-alerts`. */
  readonly organizations: Organizations;
  /**
   * The port `IntegrationStore` of `@bizinsights/jobs-data-sync`, and what a host does with integrations. Data sync and
   * webhooks both take it as `integrations`.
   */
  readonly integrations: Integrations;
  /** The port `RecordSink` of `@bizinsights/jobs-platforms`, and what a host reads. */
  readonly records: Records;
  /** Also the port `MetricSource` of `@bizinsights/jobs-insights`. */
  readonly metrics: Metrics;
  /** The port `InsightStore` of `@bizinsights/jobs-insights`, and what an organization's people see of insights. */
  readonly insights: Insights;
  /** The port `WebhookIntegrations` of `@bizinsights/jobs-webhooks` alone, and how a host registers accounts for it. */
  readonly webhooks: WebhookAccounts;
  /** The port `AlertStore` of `@bizinsights/jobs-alerts`, and what an organization's people see of alerts. */
  readonly alerts: Alerts;
  /** The port `PrivacyRequests` of `@bizinsights/jobs-webhooks`: what platforms ask about personal data. */
  readonly privacy: Privacy;
  /** The ports `ReportStore` and `ReportScheduleStore` of `@bizinsights/jobs-reports`, and what a host shows of reports. */
  readonly reports: Reports;
  /** The port `ReportData` of `@bizinsights/jobs-reports`. */
  readonly reportData: ReportSource;
  /**
   * Encrypts with the current key what is encrypted with an older one: credentials, and what webhooks are signed with. When
   * nothing has failed, the older keys can go.
   *
   * @throws {ConfigError} when there are no keys
   */
  rotateKeys(): Promise<KeyRotation>;
  /**
   * Tasks for the weekly clean-up of core: they remove insights, alerts that were resolved, rejected records and, where that
   * is said, records, each after its days.
   *
   * @throws {ArgumentError} for a number of days below 1, and for a kind that does not exist
   * @example
   * ```ts
   * import { createJobs } from '@bizinsights/jobs-core';
   * import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
   *
   * const jobs = createJobs({ queues: [dataSyncQueue], cleanUp: store.cleanUpTasks({ insights: 730 }) });
   * ```
   */
  cleanUpTasks(retention?: Retention): CleanUpTask[];
  /**
   * Makes the tables, or brings them up to date; answers the steps that were missing. Many processes may call it at once.
   */
  migrate(): Promise<string[]>;
}

/**
 * @throws {ConfigError} for `keys` that are none
 * @example
 * ```ts
 * import { Pool } from 'pg';
 *
 * const store = createStore({ pool: new Pool({ connectionString: process.env.DATABASE_URL }) });
 * await store.migrate();
 * await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });
 * const account = await identifyAccount('stripe', credentials);
 * await store.integrations.connect({ organizationId: 'acme', platform: 'stripe', account, credentials });
 * ```
 */
export function createStore(options: StoreOptions): Store {
  const { pool, environment = process.env, convert = () => undefined, now = Date.now } = options;
  const database = openDatabase(pool);
  // White space alone is no key.
  let keyring: Keyring | undefined = options.keys?.trim() ? readKeyring(options.keys) : undefined;
  const keys = () => (keyring ??= readKeyring(environment[KEYS_VARIABLE]));
  const organizations = withPlainErrors(new Organizations(database, now));
  const webhooks = withPlainErrors(new WebhookAccounts(database, keys, now));
  const metrics = withPlainErrors(new Metrics(database, convert, now));
  return {
    organizations,
    integrations: withPlainErrors(new Integrations(database, keys, now, webhooks)),
    records: withPlainErrors(new Records(database, now)),
    metrics,
    insights: withPlainErrors(new Insights(database, now)),
    webhooks,
    alerts: withPlainErrors(new Alerts(database, now)),
    privacy: withPlainErrors(new Privacy(database, now)),
    reports: withPlainErrors(new Reports(database, now)),
    reportData: withPlainErrors(new ReportSource(database, organizations, metrics)),
    rotateKeys: async () => await rotateKeys(database, keys()),
    cleanUpTasks: (retention = {}) => cleanUpTasks({ database, convert, now }, retention).map(withPlainErrors),
    migrate: () => migrate(pool),
  };
}
