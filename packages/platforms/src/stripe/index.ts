/**
 * `@bizinsights/jobs-platforms/stripe`
 *
 * @packageDocumentation
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Mode } from '../mode.js';
import type { Platform } from '../platform.js';
import { STRIPE_VERSION, stripeClient } from './client.js';
import { identifyStripeAccount } from './identify.js';
import { chargeResource, customerResource } from './records.js';
import { stripeStream } from './streams.js';
import { stripeWebhook } from './webhook.js';

export type { Platform } from '../platform.js';
export { STRIPE_VERSION };

/** What connects a Stripe account. */
export interface StripeCredentials {
  /** A secret key, or better a restricted one that may read charges, customers and events: `rk_live_…`. */
  readonly secretKey: string;
  /** The connected account that is read, where the key is a platform's own ("Connect", "Making API calls"): `acct_…`. */
  readonly accountId?: string | undefined;
}

const HOUR = 3_600_000;

/**
 * Stripe: charges and customers.
 *
 * @example
 * ```ts
 * const { streams } = stripe.connect({ secretKey: 'rk_live_…' }, createPlatformHttp());
 * ```
 */
export const stripe: Platform<StripeCredentials> = {
  id: 'stripe',
  name: 'Stripe',
  credentials: z.strictObject({
    secretKey: z
      .string()
      .trim()
      .regex(/^[sr]k_[A-Za-z0-9_]+$/, 'a key of Stripe: sk_… or rk_…'),
    accountId: z
      .string()
      .trim()
      .regex(/^acct_[A-Za-z0-9]+$/, 'an account of Stripe: acct_…')
      .optional(),
  }),
  rhythm: 3 * HOUR,
  // "Rate limits": 100 a second live and 25 in a sandbox. Half of the lower one, as the account has other users.
  budget: { requests: 12, per: 1_000 },
  streams: ['charges', 'customers'],
  connect(credentials, http) {
    const client = stripeClient(credentials, http);
    return {
      account: accountOf(credentials),
      streams: [chargeResource, customerResource].map((one) => stripeStream(one, client)),
    };
  },
  modeOf: ({ secretKey }) => MODES[/^[sr]k_(?:org_)?(live|test)_/.exec(secretKey)?.[1] ?? ''],
  identify: identifyStripeAccount,
  webhook: stripeWebhook,
};

/** "API keys": what stands in a key of each mode. A sandbox of Stripe's has test keys. */
const MODES: Readonly<Record<string, Mode>> = { live: 'live', test: 'test' };

/** Stripe counts by account. A key does not name it: then a hash of the key, which can't be turned back. */
function accountOf({ secretKey, accountId }: StripeCredentials): string {
  return accountId ?? `key-${createHash('sha256').update(secretKey).digest('hex').slice(0, 16)}`;
}
