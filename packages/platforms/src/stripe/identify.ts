/**
 * Which account a key is of ("Retrieve account", without an id).
 *
 * @see https://docs.stripe.com/api/accounts/retrieve
 */
import { z } from 'zod';
import { AccessLostError } from '../errors.js';
import type { PlatformHttp } from '../http.js';
import type { Asking } from '../platform.js';
import { MissingPermissionError, stripeClient } from './client.js';

const account = z.object({ id: z.string().regex(/^acct_\w+$/, 'expected acct_…') });

export async function identifyStripeAccount(
  credentials: Parameters<typeof stripeClient>[0],
  http: PlatformHttp,
  options: Asking,
): Promise<string> {
  try {
    const { data } = await stripeClient(credentials, http).get(account, { path: '/v1/account', ...options });
    return data.id;
  } catch (error) {
    if (!(error instanceof MissingPermissionError)) throw error;
    // A restricted key for charges and customers seldom may read the account. The refusal says of which one the key is.
    if (error.account !== undefined) return error.account;
    const advice = 'let the key read "Accounts" too, or connect with its account named';
    throw new AccessLostError(`${error.message}. To find out which account it is of, ${advice}`);
  }
}
