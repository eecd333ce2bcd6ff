/**
 * What the body of a webhook proves. Shopify signs the body alone ("Verify webhook deliveries"), so the topic and the shop
 * in the headers are anybody's word: a delivery that was captured can be sent again with others. They are believed as far
 * as the body agrees with them.
 *
 * @see https://shopify.dev/docs/api/webhooks the sample payload of each topic
 */
import { z } from 'zod';

/** A shop's own, which does not change. */
const domain = z.string().regex(/^[^./]+\.myshopify\.com$/i);

const number = z.union([z.number().int(), z.string().regex(/^\d+$/)]).transform(String);

/** `gid://shopify/Order/450789469`, here of one kind of thing. */
const gidOf = (type: string) => z.templateLiteral([`gid://shopify/${type}/`, z.string().regex(/^\d+$/)]);

/** A thing as it is, of one kind. Without its GraphQL id the payload's own schema has to tell. */
const thing = (type: string) => z.looseObject({ admin_graphql_api_id: gidOf(type).optional() });

/** A deletion: the id, and nothing of the thing itself. */
const deletion = (type: string, more: z.ZodRawShape = {}) =>
  z.strictObject({ id: number, admin_graphql_api_id: gidOf(type).optional(), ...more });

/** What is left of a customer: empty lists, and fields without a value. */
const emptied = {
  tax_exemptions: z.array(z.unknown()).max(0).optional(),
  addresses: z.array(z.unknown()).max(0).optional(),
  phone: z.null().optional(),
  email_marketing_consent: z.null().optional(),
  sms_marketing_consent: z.null().optional(),
};

/** The compliance topics, which data is erased by. They name their shop themselves. */
const compliance = { shop_id: number, shop_domain: domain };
/** "In some cases, a customer record contains only the customer's email address". */
const person = z.union([z.looseObject({ id: number }), z.looseObject({ email: z.string().min(1) })]);

const order = thing('Order');
const product = thing('Product');
const customer = thing('Customer');

/** What the body of each topic looks like. Topics that are not named mean the same to us whatever their body is. */
const BODIES: Readonly<Record<string, z.ZodType>> = {
  'orders/create': order,
  'orders/updated': order,
  'orders/paid': order,
  'orders/cancelled': order,
  'orders/fulfilled': order,
  'orders/delete': deletion('Order'),
  'products/create': product,
  'products/update': product,
  'products/delete': deletion('Product'),
  'customers/create': customer,
  'customers/update': customer,
  'customers/enable': customer,
  'customers/disable': customer,
  'customers/delete': deletion('Customer', emptied),
  // The shop object: no other one has these fields.
  'app/uninstalled': z.union([z.looseObject({ myshopify_domain: domain }), z.looseObject({ domain })]),
  'shop/redact': z.strictObject(compliance),
  'customers/redact': z.looseObject({ ...compliance, customer: person, orders_to_redact: z.array(z.unknown()) }),
  'customers/data_request': z.looseObject({
    ...compliance,
    customer: person,
    data_request: z.looseObject({ id: number }),
  }),
};

/** The topics that take something away: not believed where nothing says whose it is. */
const NEEDS_SHOP: ReadonlySet<string> = new Set([
  'orders/delete',
  'products/delete',
  'customers/delete',
  'app/uninstalled',
  'shop/redact',
  'customers/redact',
  'customers/data_request',
]);

/** The fields that name a shop, the surest first. */
const NAMES = ['myshopify_domain', 'shop_domain', 'domain', 'order_status_url'] as const;
const text = z.string().optional().catch(undefined);
const names = z.object({ myshopify_domain: text, shop_domain: text, domain: text, order_status_url: text });

/**
 * The shop that the body names, lower case: `glaze.myshopify.com`. Undefined where it names none. A domain of the shop's
 * own, on which the page of an order mostly is, tells nothing.
 */
export function shopOfBody(payload: unknown): string | undefined {
  const fields = names.safeParse(payload).data ?? {};
  return NAMES.map((name) => hostOf(fields[name])).find((host) => host !== undefined && domain.safeParse(host).success);
}

function hostOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const address = name.includes('://') ? name : `https://${name}`;
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}

/**
 * Why the topic and the shop of the headers are not believed; undefined where the body agrees with them.
 *
 * @param shop of the header, else of the body; undefined where neither names one
 */
export function doubtOf(topic: string, shop: string | undefined, payload: unknown): string | undefined {
  const signed = shopOfBody(payload);
  if (signed !== undefined && signed !== shop?.toLowerCase())
    return 'the body is of another shop than the header names';
  if (shop === undefined && NEEDS_SHOP.has(topic)) return 'nothing names the shop';
  const body = Object.hasOwn(BODIES, topic) ? BODIES[topic] : undefined;
  if (body && !body.safeParse(payload).success) return 'the body is not what this topic carries';
  return undefined;
}
