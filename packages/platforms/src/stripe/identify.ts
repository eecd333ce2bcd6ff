/**
 * Which account a key is of ("Retrieve account", without an id).
 *
 * @see https://docs.stripe.com/api/accounts/retrieve
 */
import { z } from 'zod';
import { AccessLostError } from '../errors.js';
import type { PlatformHttp } from '../http/http.js';
import type { Asking } from '../platform.js';
import { MissingPermissionError, stripeClient } from './client.js';

const account = z.object({ id: z.string().regex(/^acct_\w+$/, 'expected acct_…') });

export async function identifyStripeAccount(
  credentials: Parameters<typeof stripeClient>[0],
  http: PlatformHttp,
  options: Asking,
): Promise<string> {
  const client = stripeClient(credentials, http);
  try {
    return (await client.get(account, { path: '/v1/account', ...options })).data.id;
  } catch (error) {
    if (!(error instanceof MissingPermissionError)) throw error;
    // A restricted key for charges and customers seldom may read the account.
    const { accountId } = credentials;
    if (accountId !== undefined) {
      // Which one it is, is given; that the key reaches it, any answer of it proves.
      await client.get(z.unknown(), { path: '/v1/charges', parameters: [['limit', '1']], ...options });
      return accountId;
    }
    // The refusal says of which account the key is.
    if (error.account !== undefined) return error.account;
    const advice = 'let the key read "Accounts" too, or give its accountId';
    throw new AccessLostError(`${error.message}. To find out which account it is of, ${advice}`);
  }
}
