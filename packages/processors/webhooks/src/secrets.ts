/** What webhooks are signed with: given by the host, kept with an integration, or in the environment. */
import { type Config, readConfig } from '@bizinsights/jobs-core';
import { ApiError } from '@bizinsights/jobs-core/monitoring';
import type { WebhookIntegrations } from './ports.js';

/** The variable of each platform. Several secrets, by commas, while one is replaced: `new,old`. */
export const SECRET_VARIABLES = {
  shopify: 'SHOPIFY_WEBHOOK_SECRET',
  stripe: 'STRIPE_WEBHOOK_SECRET',
  'facebook-ads': 'FACEBOOK_APP_SECRET',
  woocommerce: 'WOOCOMMERCE_WEBHOOK_SECRET',
  resend: 'RESEND_WEBHOOK_SECRET',
} as const satisfies Record<string, keyof Config>;

type KnownPlatform = keyof typeof SECRET_VARIABLES;

/** By the platform's id: one secret, or several while one is replaced. */
export type WebhookSecrets = Readonly<Record<string, string | readonly string[]>>;

/** Where secrets come from. */
export interface SecretOptions {
  /** Win over those of integrations and of the environment. */
  readonly secrets?: WebhookSecrets | undefined;
  /** Asked where the address names an integration. */
  readonly integrations?: WebhookIntegrations | undefined;
  /** Variables to read instead of the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Finds the secrets of a platform, or of one integration on it. */
export type FindSecrets = (platform: string, integrationId: string | undefined) => Promise<readonly string[]>;

/**
 * The answer is empty where nothing is set, and then nothing may be accepted.
 *
 * @throws {ConfigError} when the environment is wrong; what it gives rejects with an {@link ApiError} NOT_FOUND for an
 * integration that does not exist, and with whatever `integrations.find` rejects with
 */
export function createSecrets({ secrets = {}, integrations, environment }: SecretOptions): FindSecrets {
  const config = readConfig(environment);
  return async (platform, integrationId) => {
    const given = Object.hasOwn(secrets, platform) ? [secrets[platform] ?? []].flat().filter(Boolean) : [];
    if (given.length > 0) return given;
    if (integrationId !== undefined && integrations) {
      const integration = await integrations.find({ platform, integrationId });
      if (!integration) throw new ApiError('NOT_FOUND', 'There is no such integration');
      const own = integration.webhookSecrets?.filter(Boolean) ?? [];
      if (own.length > 0) return own;
    }
    return isKnown(platform) ? (config[SECRET_VARIABLES[platform]] ?? []) : [];
  };
}

/** What to do about a platform without a secret, for the log. */
export function missingSecret(platform: string): string {
  const variable = isKnown(platform) ? `set ${SECRET_VARIABLES[platform]}, or ` : '';
  return `webhooks of "${platform}" are refused, as there is no secret to verify them with: ${variable}give \`secrets: { '${platform}': … }\`, or the integration's own`;
}

function isKnown(platform: string): platform is KnownPlatform {
  return Object.hasOwn(SECRET_VARIABLES, platform);
}
