/**
 * `@bizinsights/jobs-platforms/facebook-ads`
 *
 * @packageDocumentation
 */
import { z } from 'zod';
import type { PlatformHttp } from '../http/http.js';
import type { Platform } from '../platform.js';
import { campaignDayStream } from './campaign-days.js';
import { campaignStream } from './campaigns.js';
import { FACEBOOK_VERSION, facebookClient } from './client.js';
import { identifyAdAccount } from './identify.js';
import { facebookWebhook } from './webhook.js';

export type { Platform } from '../platform.js';
export { facebookHandshake } from './webhook.js';
export { FACEBOOK_VERSION };

/** What connects an ad account. */
export interface FacebookAdsCredentials {
  /** `act_1234567890`, or the digits alone. */
  readonly accountId: string;
  /** One with `ads_read`: of a system user, as those of people end after 60 days. */
  readonly accessToken: string;
  /** Signs each request, where the app's settings ask for it ("Require App Secret"). */
  readonly appSecret?: string | undefined;
}

/** What `createFacebookAds` takes. */
export interface FacebookAdsOptions {
  /** Of the Graph API. Default: {@link FACEBOOK_VERSION}. */
  readonly version?: string;
  /** Between the first two looks at a report in the background, doubled with each one, ms. Default: 2,000. */
  readonly pollDelay?: number;
}

const DAY = 86_400_000;

/**
 * Facebook Ads with another version of the Graph API, say. {@link facebookAds} is this with the defaults.
 *
 * @throws {TypeError} for a version that is none
 * @example
 * ```ts
 * const platforms = { ...known, 'facebook-ads': createFacebookAds({ version: 'v27.0' }) };
 * ```
 */
export function createFacebookAds(options: FacebookAdsOptions = {}): Platform<FacebookAdsCredentials> {
  const { version = FACEBOOK_VERSION, pollDelay = 2_000 } = options;
  if (!/^v\d+\.\d+$/.test(version)) throw new TypeError(`A version of the Graph API looks like v26.0, not ${version}`);
  function open({ accountId, accessToken, appSecret }: FacebookAdsCredentials, http: PlatformHttp) {
    const account = `act_${accountId.replace(/^act_/, '')}`;
    return [account, facebookClient({ accessToken, appSecret, version }, http)] as const;
  }
  return {
    id: 'facebook-ads',
    name: 'Facebook Ads',
    credentials: z.strictObject({
      accountId: z
        .string()
        .trim()
        .regex(/^(act_)?\d+$/, 'the id of an ad account: act_1234567890'),
      accessToken: z.string().trim().min(1),
      appSecret: z
        .string()
        .trim()
        .transform((secret) => secret || undefined)
        .optional(),
    }),
    rhythm: DAY,
    // "Marketing API Rate Limiting": counted for each ad account, by how much it advertises, and told in each answer. So
    // accounts share no budget, and one request a second leaves room for others of the same account.
    budget: { requests: 60, per: 60_000 },
    streams: ['campaigns', 'campaign-days'],
    connect(credentials, http) {
      const [account, client] = open(credentials, http);
      return { account, streams: [campaignStream(account, client), campaignDayStream(account, client, pollDelay)] };
    },
    identify(credentials, http, asking) {
      const [account, client] = open(credentials, http);
      return identifyAdAccount(account, client, asking);
    },
    webhook: facebookWebhook,
  };
}

/**
 * Facebook Ads: campaigns, and what each did on each day.
 *
 * @example
 * ```ts
 * const { streams } = facebookAds.connect({ accountId: 'act_1234567890', accessToken }, createPlatformHttp());
 * ```
 */
export const facebookAds = createFacebookAds();
