/** A host gives webhooks and data sync one list of platforms, in which some only send webhooks. */
import type { AnyPlatform, WebhookScheme } from '@bizinsights/jobs-platforms';

/** A sender of webhooks that has nothing to sync, such as `resend` of `@bizinsights/jobs-webhooks`. */
export interface WebhookSender {
  readonly id: string;
  readonly webhook?: WebhookScheme | undefined;
  readonly streams?: undefined;
}

/** Those that have streams. */
export function syncedPlatforms(platforms: readonly (AnyPlatform | WebhookSender)[]): readonly AnyPlatform[] {
  return platforms.flatMap((platform) => (platform.streams === undefined ? [] : [platform]));
}
