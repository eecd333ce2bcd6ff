/** Connects the account of a platform, as the callback of an OAuth login would. */
import { planSync, scheduleImmediateSync } from '@bizinsights/jobs-data-sync';
import { identifyAccount } from '@bizinsights/jobs-platforms';
import type { ConnectedIntegration } from '@bizinsights/jobs-store';
import { subscribeToDemo } from '../demo/demo-services';
import { jobs } from '../jobs';
import { store } from '../store/store';
import { accounts } from './accounts';
import type { PlatformId } from './integrations';
import { sandboxAccess } from './sandbox-access';

export async function connectPlatform(organizationId: string, platform: PlatformId): Promise<ConnectedIntegration> {
  const { credentials, http } = await sandboxAccess(platform);
  const account = await identifyAccount(platform, credentials, http);
  const integration = await store.integrations.connect({ organizationId, platform, account, credentials });
  await subscribeToDemo(integration);
  await planSync(jobs, integration.id, accounts);
  await scheduleImmediateSync(jobs, integration.id, { organizationId });
  return integration;
}
