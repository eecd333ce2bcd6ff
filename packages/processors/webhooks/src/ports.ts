/**
 * What the host supplies: its integrations, and who carries out requests about personal data. Where records go is
 * `RecordSink` of platforms. `@bizinsights/jobs-store` has all of them.
 */
import type { Mode, PlatformRecord, PrivacySubject, RejectedRecord } from '@bizinsights/jobs-platforms';

/** Which integration a webhook is for, as far as it says so. */
export interface WebhookAddress {
  /** The platform's id. */
  readonly platform: string;
  /** From the address that the webhook was sent to. */
  readonly integrationId?: string | undefined;
  /** The account that the event names, in the platform's words: a shop's domain. */
  readonly account?: string | undefined;
}

/** An integration, as far as a webhook needs it. */
export interface WebhookIntegration {
  readonly id: string;
  /** Whose it is. */
  readonly organizationId?: string | undefined;
  /**
   * Whether its account is of real money, where the store knows that by itself. Default: what the platform reads from its
   * `credentials`. It takes no event of the other mode.
   */
  readonly mode?: Mode | undefined;
}

/** One with what the door needs to verify what is sent to its address. */
export interface WebhookIntegrationWithSecrets extends WebhookIntegration {
  /** What its webhooks are signed with, where that is not one secret for all of the platform; several while it is replaced. */
  readonly webhookSecrets?: readonly string[] | undefined;
}

/** The host's integrations. */
export interface WebhookIntegrations {
  /**
   * The integration of an address: by its id, else by its account. Where both are given both must fit, since an address is
   * not signed. Undefined where there is none, where it is switched off, and where neither is given.
   */
  find(address: WebhookAddress): Promise<WebhookIntegrationWithSecrets | undefined>;
  /**
   * All of an address, that of `find` first: two organizations may have connected one account. What an event says is done
   * for each. Without this method only for that of `find`.
   */
  findAll?(address: WebhookAddress): Promise<readonly WebhookIntegration[]>;
  /**
   * What the integration's account was connected with, decrypted; undefined where there is nothing. Asked for events that
   * say of which mode they are (Stripe's), where the integration has no `mode`: its key tells. Kept nowhere. Without this
   * method, such an integration takes events of both modes.
   */
  credentials?(id: string): Promise<unknown>;
  /**
   * The platform says that the account has taken its access back. Answers false where that changes nothing: the
   * integration is switched off, or was connected anew since then.
   *
   * @param reason for people; holds no secret
   * @param occurredAt epoch ms, where it is known
   */
  accessLost(id: string, reason: string, occurredAt?: number): Promise<boolean>;
}

/**
 * What has the port beside that of data sync: `store.integrations`. So a host gives both plugins one and the same value.
 */
export interface WithWebhookIntegrations {
  readonly webhooks: WebhookIntegrations;
}

/** The port, of itself or of what has it. */
export function webhookIntegrations(given: WebhookIntegrations | WithWebhookIntegrations): WebhookIntegrations {
  // A host's own port may have a field of the name `webhooks`.
  return 'accessLost' in given ? given : given.webhooks;
}

/** What was erased of a customer. */
export interface ErasedCustomer {
  /** Records of the customer. */
  readonly customers: number;
  /** Orders and charges that no longer name the customer. */
  readonly orders: number;
  /** Records that were kept aside as they did not fit, and are no longer kept. */
  readonly rejected: number;
}

/** Everything that is stored of a customer. */
export interface CustomerData {
  /** The customer, and the orders and charges; also what the platform has deleted since, as long as it is stored. */
  readonly records: readonly PlatformRecord[];
  /** What did not fit, as it came. */
  readonly rejected: readonly RejectedRecord[];
}

/**
 * Carries out what platforms ask about personal data. Each can be done again with the same end, also where a part of it was
 * done. An integration that is not there has nothing to erase, and nothing to hand out.
 */
export interface PrivacyRequests {
  /**
   * All integrations of an account whatever their state: also switched off, and without access. Where an id is given, that
   * one alone, and only where it is of the account: an address is not signed.
   */
  findAccount(address: WebhookAddress & { readonly account: string }): Promise<readonly WebhookIntegration[]>;
  /**
   * Erases what identifies a customer. Orders stay as figures, without the customer. An older state that comes later does
   * not bring back what was erased; a later one of the customer does, as then the platform has the customer again.
   */
  eraseCustomer(integrationId: string, customer: PrivacySubject): Promise<ErasedCustomer>;
  /** Everything that is stored of a customer. */
  exportCustomer(integrationId: string, customer: PrivacySubject): Promise<CustomerData>;
  /**
   * Erases an integration with all that is stored of its account: records, cursors, credentials, secrets. Answers whether it
   * is gone; false where the account was connected anew since it was asked for, and still has its access.
   *
   * @param requestedAt when it was asked for, epoch ms
   */
  eraseAccount(integrationId: string, requestedAt: number): Promise<boolean>;
}
