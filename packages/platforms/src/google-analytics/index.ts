/**
 * `@bizinsights/jobs-platforms/google-analytics`
 *
 * @packageDocumentation
 */
import { z } from 'zod';
import type { Platform } from '../platform.js';
import type { RefreshToken, ServiceAccountKey } from './access-token.js';
import { GOOGLE_ANALYTICS_VERSION, googleAnalyticsClient } from './client.js';
import { STREAM, trafficStream } from './streams.js';

export type { Platform } from '../platform.js';
export { GOOGLE_ANALYTICS_VERSION, type RefreshToken, type ServiceAccountKey };

/** What connects a property: its number, and either a service account that may read it, or a person's consent. */
export type GoogleAnalyticsCredentials =
  | {
      /** Digits alone: "Property details" in the admin pages. */
      readonly propertyId: string;
      /** The key file, as Google gives it; only these fields of it are kept. */
      readonly serviceAccount: ServiceAccountKey;
    }
  | { readonly propertyId: string; readonly oauth: RefreshToken };

const HOUR = 3_600_000;

const propertyId = z.string().trim().regex(/^\d+$/, 'the number of a property: 123456789');
const text = z.string().trim().min(1);

/**
 * Google Analytics 4: sessions, users, key events and revenue by day, channel and country.
 *
 * @example
 * ```ts
 * const serviceAccount = JSON.parse(await readFile('key.json', 'utf8'));
 * const { streams } = googleAnalytics.connect({ propertyId: '123456789', serviceAccount }, createPlatformHttp());
 * ```
 */
export const googleAnalytics: Platform<GoogleAnalyticsCredentials> = {
  id: 'google-analytics',
  name: 'Google Analytics',
  credentials: z.union([
    z.strictObject({
      propertyId,
      serviceAccount: z.object({
        client_email: text,
        private_key: z.string().startsWith('-----BEGIN PRIVATE KEY-----', 'the private_key of the key file'),
        private_key_id: text.optional(),
      }),
    }),
    z.strictObject({
      propertyId,
      oauth: z.strictObject({ clientId: text, clientSecret: text, refreshToken: text }),
    }),
  ]),
  rhythm: 4 * HOUR,
  // "Limits and Quotas": 14,000 tokens an hour for a property and project. A week by channel and country takes about ten.
  budget: { requests: 20, per: 60_000 },
  streams: [STREAM],
  connect({ propertyId: id, ...access }, http) {
    return { account: `properties/${id}`, streams: [trafficStream(googleAnalyticsClient(id, access, http))] };
  },
  identify: ({ propertyId: id, ...access }, http, asking) =>
    googleAnalyticsClient(id, access, http).propertyName(asking),
};
