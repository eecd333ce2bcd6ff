/** What webhooks are signed with: the sandbox's secrets in the demo, otherwise those of the environment. */
import type { WebhookSecrets } from '@bizinsights/jobs-webhooks';
import { demoPlatforms, demoServicesUrl } from '../demo/demo-services';

export async function webhookSecrets(): Promise<WebhookSecrets | undefined> {
  if (demoServicesUrl() === undefined) return undefined;
  const all = await demoPlatforms();
  return Object.fromEntries(all.flatMap(({ id, webhookSecret }) => (webhookSecret ? [[id, webhookSecret]] : [])));
}
