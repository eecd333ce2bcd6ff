/** Who sends webhooks: a platform that is synced, or somebody who sends webhooks alone. */
import { ConfigError } from '@bizinsights/jobs-core';
import type { Mode, WebhookScheme } from '@bizinsights/jobs-platforms';

/** As much of a `Platform` as webhooks need. One without a scheme sends none. */
export interface WebhookPlatform {
  /** Stands in the address: `shopify`. */
  readonly id: string;
  readonly webhook?: WebhookScheme | undefined;
  /** Reads what an integration was connected with; a zod schema does. Only for `modeOf`. */
  readonly credentials?: {
    safeParse(stored: unknown): { readonly success: boolean; readonly data?: unknown };
  };
  /** Which mode such credentials are of; undefined where they do not say it. See `WebhookEvent.mode`. */
  modeOf?(credentials: unknown): Mode | undefined;
  /** What its bodies may be, such as `application/xml`. Default: JSON. */
  readonly contentTypes?: readonly string[] | undefined;
}

/** What stands in the address where a platform's id could: the routes of operators begin so. */
export const OPERATOR_PATHS: ReadonlySet<string> = new Set(['deliveries', 'openapi.json']);

/** A platform that sends webhooks. */
export interface SendingPlatform extends WebhookPlatform {
  readonly webhook: WebhookScheme;
}

/**
 * Those that send webhooks, by their id.
 *
 * @throws {ConfigError} for an id that cannot stand in an address, or that two of them have
 */
export function sendersById(
  where: string,
  platforms: readonly WebhookPlatform[],
): ReadonlyMap<string, SendingPlatform> {
  const byId = new Map<string, SendingPlatform>();
  const refuse = (message: string): never => {
    throw new ConfigError(where, [{ path: ['platforms'], message }]);
  };
  for (const platform of platforms) {
    const { id, webhook } = platform;
    if (!/^[a-z0-9][\w.-]{0,63}$/i.test(id) || OPERATOR_PATHS.has(id)) refuse(`"${id}" cannot stand in an address`);
    if (byId.has(id)) refuse(`two platforms are "${id}"`);
    if (webhook) byId.set(id, { ...platform, webhook });
  }
  return byId;
}
