/** Which ad account a token reads ("Ad Account", `account_id`). */
import { z } from 'zod';
import { AccessLostError } from '../errors.js';
import type { Asking } from '../platform.js';
import { type FacebookClient, FacebookRefusal } from './client.js';
import { graphId } from './records.js';

const answer = z.object({ account_id: graphId.pipe(z.string().regex(/^\d+$/, 'expected digits')) });

/** @param account `act_…` */
export async function identifyAdAccount(account: string, client: FacebookClient, options: Asking): Promise<string> {
  const parameters = { fields: 'account_id' };
  try {
    const { account_id: id } = await client.request(answer, { path: account, parameters, ...options });
    return `act_${id}`;
  } catch (error) {
    // "Invalid parameter": nothing of this request can be wrong but what the credentials say.
    if (!(error instanceof FacebookRefusal && error.code === 100)) throw error;
    throw new AccessLostError(`${error.message}: there is no such account for this token and app secret`);
  }
}
