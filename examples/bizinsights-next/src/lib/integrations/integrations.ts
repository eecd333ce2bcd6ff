/** The integrations of an organization as the page shows them. */
import { syncScheduleKey } from '@bizinsights/jobs-data-sync';
import { platforms } from '@bizinsights/jobs-platforms';
import type { StoredIntegration } from '@bizinsights/jobs-store';
import { jobs } from '../jobs';
import { store } from '../store/store';

export type PlatformId = keyof typeof platforms;

export interface PlatformCard {
  readonly id: PlatformId;
  readonly name: string;
  /** What it brings, in a few words. */
  readonly brings: string;
  /** Its accounts that are connected. */
  readonly integrations: readonly ConnectedAccount[];
}

export interface ConnectedAccount
  extends Pick<
    StoredIntegration,
    'id' | 'account' | 'status' | 'statusReason' | 'lastError' | 'lastSyncedAt' | 'lastFailedAt'
  > {
  /** Epoch ms; undefined while it is paused, and before the worker has planned it. */
  readonly nextSyncAt: number | undefined;
  readonly rhythm: string | undefined;
}

const BRINGS: Record<PlatformId, string> = {
  shopify: 'Orders, products and customers',
  stripe: 'Charges and customers',
  'google-analytics': 'Sessions by channel and country',
  'facebook-ads': 'Campaigns, spend and what it brought',
  woocommerce: 'Orders, products and customers',
};

export function toPlatformId(value: string): PlatformId | undefined {
  return platformIds().find((id) => id === value);
}

export async function readPlatformCards(organizationId: string): Promise<PlatformCard[]> {
  const integrations = await store.integrations.list(organizationId);
  const accounts = await Promise.all(
    integrations.map(async (integration) => ({
      platform: integration.platform,
      account: await toAccount(integration),
    })),
  );
  return platformIds().map((id) => ({
    id,
    name: platforms[id].name,
    brings: BRINGS[id],
    integrations: accounts.filter(({ platform }) => platform === id).map(({ account }) => account),
  }));
}

/** Undefined for one of another organization, as for one that is not there. */
export async function findIntegration(organizationId: string, id: string): Promise<StoredIntegration | undefined> {
  const integration = await store.integrations.find(id);
  return integration?.organizationId === organizationId ? integration : undefined;
}

async function toAccount(integration: StoredIntegration): Promise<ConnectedAccount> {
  const { id, account, status, statusReason, lastError, lastSyncedAt, lastFailedAt } = integration;
  const schedule = await jobs.scheduler.get(syncScheduleKey(id));
  return {
    id,
    account,
    status,
    statusReason,
    lastError,
    lastSyncedAt,
    lastFailedAt,
    nextSyncAt: schedule?.next,
    rhythm: schedule?.description,
  };
}

function platformIds(): PlatformId[] {
  return ['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce'];
}
