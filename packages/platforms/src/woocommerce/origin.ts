/**
 * Where an order is from: the country of who pays it, and what brought it ("Order Attribution Tracking").
 *
 * Plugins write what they like into an order, so nothing here is a reason to reject one: what is not as expected is not
 * there.
 *
 * @see https://woocommerce.com/document/order-attribution-tracking/
 */
import { type Channel, channelOf } from '../records/channel.js';

/** What is looked at of an order. */
export interface OrderOrigin {
  readonly billing?: unknown;
  readonly shipping?: unknown;
  readonly created_via?: unknown;
  readonly meta_data?: unknown;
}

/** What the keys of the attribution begin with (`OrderAttributionMeta`). */
const PREFIX = '_wc_order_attribution_';

/** A text of a plugin's may be of any length, and a source is short. */
const LONGEST = 255;

/** What WooCommerce writes into `created_via` where no visit of the shop has brought the order. */
const CREATED_VIA: Readonly<Record<string, string>> = { admin: 'admin', pos: 'pos', 'pos-rest-api': 'pos' };

/** ISO 3166-1 alpha-2, upper case: of the billing address, else of the shipping address. */
export function countryOf({ billing, shipping }: OrderOrigin): string | undefined {
  return [billing, shipping].map((address) => countryIn(address)).find((country) => country !== undefined);
}

function countryIn(address: unknown): string | undefined {
  const country = textOf(fieldOf(address, 'country'))?.toUpperCase() ?? '';
  return /^[A-Z]{2}$/.test(country) ? country : undefined;
}

/** Undefined where the order does not say it: of before WooCommerce 8.5, without consent, a renewal of a subscription. */
export function wooChannelOf({ created_via: createdVia, meta_data: metaData }: OrderOrigin): Channel | undefined {
  const via = textOf(createdVia) ?? '';
  const placed = Object.hasOwn(CREATED_VIA, via) ? CREATED_VIA[via] : undefined;
  // The till is a part of the app, which calls itself `mobile_app`.
  if (placed === 'pos') return channelOf({ kind: placed });
  const said = attributionOf(metaData);
  const channel = channelOf({
    kind: said.get('source_type') ?? placed ?? null,
    source: said.get('utm_source') ?? null,
    medium: said.get('utm_medium') ?? null,
    campaign: said.get('utm_campaign') ?? null,
    referrer: said.get('referrer') ?? null,
  });
  // Of another app, which has not said where its buyers come from.
  return channel ?? (via === 'rest-api' ? 'Other' : undefined);
}

/** The order's attribution by its names without the prefix. Of several values the first one counts, as for WooCommerce. */
function attributionOf(metaData: unknown): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  // PHP writes a list that has lost one of its items as an object.
  const items: unknown[] = typeof metaData === 'object' && metaData !== null ? Object.values(metaData) : [];
  for (const item of items) {
    const key = fieldOf(item, 'key');
    if (typeof key !== 'string' || !key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    const text = textOf(fieldOf(item, 'value'));
    if (text !== undefined && !said.has(name)) said.set(name, text);
  }
  return said;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.slice(0, LONGEST).trim() || undefined;
}
