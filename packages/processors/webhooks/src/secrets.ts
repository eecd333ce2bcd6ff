/** What webhooks are signed with: given by the host, kept with an integration, or in the environment. */
import { readConfig, trimSecrets, type Variables } from '@bizinsights/jobs-core';
import { type WebhooksVariable, webhooksEnvironment } from './environment.js';
import { type WebhookIntegrations, type WithWebhookIntegrations, webhookIntegrations } from './ports.js';

/** The variable of each platform. Several secrets, by commas, while one is replaced: `new,old`. */
export const SECRET_VARIABLES = {
  shopify: 'SHOPIFY_WEBHOOK_SECRET',
  stripe: 'STRIPE_WEBHOOK_SECRET',
  'facebook-ads': 'FACEBOOK_APP_SECRET',
  woocommerce: 'WOOCOMMERCE_WEBHOOK_SECRET',
  resend: 'RESEND_WEBHOOK_SECRET',
} as const satisfies Record<string, WebhooksVariable>;

type KnownPlatform = keyof typeof SECRET_VARIABLES;

/** By the platform's id: one secret, or several while one is replaced. White space around them does not count. */
export type WebhookSecrets = Readonly<Record<string, string | readonly string[]>>;

/** Where secrets come from. */
export interface SecretOptions {
  /** Stand in for those of the environment, and beside an integration's own. */
  readonly secrets?: WebhookSecrets | undefined;
  /** Asked where the address names an integration: `store.integrations`, as for data sync, or the port alone. */
  readonly integrations?: WebhookIntegrations | WithWebhookIntegrations | undefined;
  /** Where variables are read. Default: `createJobs({ environment })`, else the process's. */
  readonly environment?: Variables | undefined;
}

/** Which secrets are wanted: those that count now, or also those that an event which is in the queue may be signed with. */
export type SecretChoice = 'current' | 'all';

/**
 * Finds the secrets of a platform, or of one integration on it. Empty where nothing is set, and then nothing may be
 * accepted. Undefined where the address names an integration that is not there, or is switched off.
 */
export type FindSecrets = (
  platform: string,
  integrationId: string | undefined,
) => Promise<readonly string[] | undefined>;

/**
 * An integration's own, then those that are given; where there is neither, the environment's. `all` has the environment's
 * in any case: the event may have come in before the others were set.
 *
 * @throws {ConfigError} when the environment is wrong; what it gives rejects with whatever `integrations.find` rejects with
 */
export function createSecrets(
  { secrets = {}, integrations, environment }: SecretOptions,
  choice: SecretChoice,
): FindSecrets {
  const config = readConfig(environment, webhooksEnvironment);
  const port = integrations && webhookIntegrations(integrations);
  return async (platform, integrationId) => {
    const found: string[] = [];
    if (integrationId !== undefined && port) {
      const integration = await port.find({ platform, integrationId });
      if (!integration) return undefined;
      found.push(...(integration.webhookSecrets ?? []));
    }
    if (Object.hasOwn(secrets, platform)) found.push(...[secrets[platform] ?? []].flat());
    const set = trimSecrets(found);
    if (choice === 'current' && set.length > 0) return set;
    return isKnown(platform) ? [...set, ...(config[SECRET_VARIABLES[platform]] ?? [])] : set;
  };
}

/** What to do about a platform without a secret, for the log. */
export function missingSecret(platform: string): string {
  const variable = isKnown(platform) ? `set ${SECRET_VARIABLES[platform]}, or ` : '';
  return `webhooks of "${platform}" cannot be verified, as no secret is set: ${variable}give \`secrets: { '${platform}': … }\`, or the integration's own`;
}

function isKnown(platform: string): platform is KnownPlatform {
  return Object.hasOwn(SECRET_VARIABLES, platform);
}
