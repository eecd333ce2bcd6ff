/** What the suite asks of a store, besides the ports. */
import type { IntegrationStore } from '@bizinsights/jobs-data-sync';
import type { PlatformRecord, RecordSink, RejectedRecord } from '@bizinsights/jobs-platforms';
import type { PrivacyRequests } from '@bizinsights/jobs-webhooks';

/** A store to check. Each case uses integrations of its own, so one database is enough for all. */
export interface StoreUnderTest {
  readonly integrations: IntegrationStore;
  readonly sink: RecordSink;
  /** Where the store carries out requests about personal data. Its account is asked for by nobody here. */
  readonly privacy?: PrivacyRequests;
  /** Adds an integration, or connects an existing one anew. Its organization is to be made by the way. */
  connect(integration: {
    readonly id: string;
    readonly organizationId: string;
    readonly platform: string;
    readonly credentials: object;
  }): Promise<void>;
  /**
   * Connects an account without an integration's id: the organization's integration of it anew, or a new one. `find` then
   * answers its `account`. Absent: the store makes a new integration each time, and the host sees to it itself.
   */
  connectAccount?(connection: {
    readonly organizationId: string;
    readonly platform: string;
    readonly account: string;
    readonly credentials: object;
  }): Promise<{ readonly id: string; readonly reconnected: boolean }>;
  /** Switches an integration off. */
  disable(id: string): Promise<void>;
  /** All records of an integration that are not gone, in any order. */
  records(integrationId: string): Promise<readonly PlatformRecord[]>;
  /** All records of an integration that were kept aside, in any order. */
  rejected(integrationId: string): Promise<readonly RejectedRecord[]>;
}

/** One case of the suite, for any test runner. It rejects with an `AssertionError` that says what is wrong. */
export interface StoreCase {
  readonly name: string;
  run(): Promise<void>;
}
