/**
 * What the body of a webhook proves. WooCommerce signs the body alone ("Webhooks, Delivery / Payload"), so the topic and
 * the shop in the headers are anybody's word: a delivery that was captured can be sent again with others. They are believed
 * as far as the body agrees with them.
 *
 * @see https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
 */
import { z } from 'zod';
import { shopName } from './client.js';
import { id } from './records.js';

/** What a thing says about where it is: `https://shop.example/wp-json/wc/v3/orders/727`. */
const links = z.object({ _links: z.object({ self: z.array(z.object({ href: z.string() })).min(1) }) });

/** A deletion is the id alone (`WC_Webhook::build_payload`). */
const deletion = z.strictObject({ id });

/** Of each resource of a topic, its part of an address. */
const COLLECTIONS: Readonly<Record<string, string>> = { order: 'orders', product: 'products', customer: 'customers' };

/** The shop, and the collection, that the body's own address names. */
interface Place {
  readonly shop: string;
  readonly collection: string;
}

/** Undefined where the body names no place. */
export function placeOf(payload: unknown): Place | undefined {
  const href = links.safeParse(payload).data?._links.self[0]?.href ?? '';
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  // With plain permalinks the route is in the query: /index.php?rest_route=/wc/v3/orders/727
  const route = url.searchParams.get('rest_route');
  const path = route === null ? url.pathname : `${url.pathname.replace(/\/(index\.php)?$/, '')}/wp-json${route}`;
  const found = /^(.*?)(?:\/index\.php)?\/[^/]+\/wc\/v\d+\/([\w-]+)\/\d+\/?$/.exec(path);
  if (!found) return undefined;
  const [, folder = '', collection = ''] = found;
  return { shop: shopName(new URL(`${folder}/`, url)), collection };
}

/**
 * Why the topic and the shop of the headers are not believed; undefined where the body agrees with them.
 *
 * @param shop of the header, else of the body; undefined where neither names one
 */
export function doubtOf(topic: string, shop: string | undefined, payload: unknown): string | undefined {
  const [resource = '', action] = topic.split('.');
  const place = placeOf(payload);
  if (place && place.shop !== shop) return 'the body is of another shop than the header names';
  if (place && place.collection !== (COLLECTIONS[resource] ?? place.collection)) {
    return 'the body is not what this topic carries';
  }
  if (action !== 'deleted') return undefined;
  if (shop === undefined) return 'nothing names the shop';
  return deletion.safeParse(payload).success ? undefined : 'the body is not what this topic carries';
}
