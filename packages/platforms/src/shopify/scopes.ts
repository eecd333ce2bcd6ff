/**
 * What the app may read ("Shopify API access scopes"). Without `read_all_orders` Shopify lists the orders of the last 60
 * days, and says nothing of it.
 *
 * @see https://shopify.dev/docs/api/usage/access-scopes
 */
import { z } from 'zod';
import type { Asking, Reach } from '../platform.js';
import { AccessDeniedError, type ShopifyClient } from './client.js';
import { SCOPES } from './queries.js';

const DAY = 24 * 3_600_000;

/** A day less than the 60 that Shopify lists: a read takes its time. */
const LISTED_DAYS = 59;

const installation = z
  .object({
    currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }).nullish(),
  })
  .nullish();

/** The app's scopes. Undefined where Shopify does not say them. */
export async function readScopes(
  client: ShopifyClient,
  { signal, now }: Asking,
): Promise<readonly string[] | undefined> {
  try {
    const { data } = await client.query(installation, { query: SCOPES, variables: {}, signal, now });
    return data?.currentAppInstallation?.accessScopes.map(({ handle }) => handle);
  } catch (error) {
    // Who may read the orders has not lost its access because it may not know its scopes.
    if (error instanceof AccessDeniedError) return undefined;
    throw error;
  }
}

/** How far back orders are listed; undefined where all of them are, or Shopify does not say it. */
export async function orderReach(client: ShopifyClient, asking: Asking): Promise<Reach | undefined> {
  const scopes = await readScopes(client, asking);
  if (!scopes || scopes.includes('read_all_orders')) return undefined;
  return { from: asking.now() - LISTED_DAYS * DAY };
}
