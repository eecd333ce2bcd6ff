/** Stripe's view of the shop: charges, customers and events. */

import { hmacSha256 } from '@bizinsights/jobs-platforms';
import { STRIPE_VERSION, type StripeCredentials } from '@bizinsights/jobs-platforms/stripe';
import type { OpenSandboxPlatform, SandboxRequest, SandboxWorld } from '../platform.js';
import type { Shop, ShopCustomerEvent, ShopHappening, ShopPaymentEvent } from '../shop/shop.js';
import { listPage, missing, refusal, StripeError, type StripeList } from './lists.js';
import { chargeOf, customerOf, disputeOf, eventOf, type StripeObject } from './objects.js';

const SECRET_KEY = 'sk_test_51GlazeAndCoSandbox';
/** The same shop, as if all of it were real: its objects have `livemode: true`. */
const LIVE_KEY = 'sk_live_51GlazeAndCoSandbox';
/** A restricted key for charges, customers and events. It may not read the account. */
const RESTRICTED_KEY = 'rk_test_51GlazeAndCoSandbox';
/** The account, and the only one that the key reaches. */
const ACCOUNT = 'acct_1GlazeAndCo';
const WEBHOOK_SECRET = 'whsec_GlazeAndCoSandboxEndpoint';

/** "Retrieve events": 30 days back. ms */
const EVENTS_KEPT = 30 * 86_400_000;

export const stripeSandbox: OpenSandboxPlatform<StripeCredentials> = (world) => ({
  credentials: { secretKey: SECRET_KEY },
  answer(request) {
    try {
      return {
        headers: { 'request-id': 'req_sandbox', 'stripe-version': STRIPE_VERSION },
        body: answer(request, world),
      };
    } catch (error) {
      if (error instanceof StripeError) return refusal(error);
      throw error;
    }
  },
  failures: {
    rateLimited: () => refusal(new StripeError(429, 'Request rate limit exceeded.', { code: 'rate_limit' })),
    serverError: () => refusal(new StripeError(500, 'An unknown error occurred', { type: 'api_error' })),
    accessLost: () =>
      refusal(new StripeError(401, 'Expired API Key provided: sk_test_****dbox', { code: 'api_key_expired' })),
  },
  breakRecord(answer) {
    const copy: unknown = JSON.parse(JSON.stringify(answer.body));
    if (typeof copy !== 'object' || copy === null || !('data' in copy) || !Array.isArray(copy.data)) return answer;
    const [first, ...rest] = copy.data;
    return { ...answer, body: { ...copy, data: [{ ...first, created: 'yesterday' }, ...rest] } };
  },
  webhooks: {
    secret: WEBHOOK_SECRET,
    topics: [...TOPICS],
    topicsOf(happening) {
      if (happening.subject === 'customer') return [`customer.${happening.kind}`];
      const isPayment = happening.subject === 'order' && happening.event;
      return isPayment ? [PAYMENT_TYPES[isPayment.kind]] : [];
    },
    make(topic, { secret, at, mode = 'test', about }) {
      const isLive = mode === 'live';
      const event = (about && toldEvent(about, world.shop, isLive)) ?? webhookEvent(topic, world, isLive);
      const body = JSON.stringify(event, null, 2);
      const second = Math.floor(at / 1_000);
      const signature = hmacSha256(secret, `${second}.`, body).toString('hex');
      const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0' };
      return { headers: { ...headers, 'stripe-signature': `t=${second},v1=${signature}` }, body };
    },
  },
});

function answer({ method, url, headers }: SandboxRequest, { shop, now }: SandboxWorld): unknown {
  const isLive = checkKey(headers) === LIVE_KEY;
  const version = headers.get('stripe-version');
  if (version !== null && !/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version)) {
    throw new StripeError(400, `Invalid Stripe API version: ${version}`);
  }
  if (method === 'GET' && url.pathname === '/v1/account') return accountOf(shop, keyOf(headers));
  const [, path = '', id] = /^(\/v1\/\w+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
  const open = LISTS[path];
  if (method !== 'GET' || !open) {
    throw new StripeError(404, `Unrecognized request URL (${method}: ${url.pathname}).`);
  }
  const list = open(shop, isLive, now());
  if (id === undefined) return listPage(list, url.searchParams);
  const object = list.items.find((item) => item.id === id);
  if (!object) throw missing(list.noun, id, 'id', 404);
  return object;
}

/** "Authentication": the key as a bearer, or as the name in basic authentication. */
function keyOf(headers: Headers): string | undefined {
  const [scheme, value = ''] = (headers.get('authorization') ?? '').split(' ');
  return scheme === 'Basic' ? Buffer.from(value, 'base64').toString().split(':')[0] : value;
}

/** "Retrieve account", without an id: the key's own. */
function accountOf({ name, currency }: Shop, key: string | undefined) {
  if (key === RESTRICTED_KEY) {
    const message = `The provided key '${key.slice(0, 8)}****dbox' does not have the required permissions for this endpoint on account '${ACCOUNT}'. Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue.`;
    throw new StripeError(403, message);
  }
  return {
    id: ACCOUNT,
    object: 'account',
    business_profile: { name, url: null },
    business_type: null,
    charges_enabled: true,
    country: 'DE',
    default_currency: currency.toLowerCase(),
    details_submitted: true,
    email: null,
    payouts_enabled: true,
    type: 'standard',
  };
}

function checkKey(headers: Headers): string {
  const key = keyOf(headers);
  if (!key) throw new StripeError(401, 'You did not provide an API key.');
  const account = headers.get('stripe-account') ?? ACCOUNT;
  if (account !== ACCOUNT) {
    const message = `The provided key does not have access to account '${account}' (or that account does not exist).`;
    throw new StripeError(403, message, { code: 'account_invalid' });
  }
  if (key === SECRET_KEY || key === LIVE_KEY || key === RESTRICTED_KEY) return key;
  throw new StripeError(401, `Invalid API Key provided: ${key.slice(0, 8)}****`);
}

const LISTS: Readonly<Record<string, (shop: Shop, isLive: boolean, now: number) => StripeList<StripeObject>>> = {
  '/v1/charges': ({ placedOrders, currency }, isLive) => ({
    noun: 'charge',
    path: '/v1/charges',
    items: placedOrders.map((order) => chargeOf(order, currency, isLive)),
    filters: { customer: (charge, [wanted]) => 'customer' in charge && charge.customer === wanted },
  }),
  '/v1/customers': ({ customers }, isLive) => ({
    noun: 'customer',
    path: '/v1/customers',
    items: customers.map((customer) => customerOf(customer, isLive)),
    filters: { email: (customer, [wanted]) => 'email' in customer && customer.email === wanted },
  }),
  '/v1/events': (shop, isLive, now) => ({
    noun: 'event',
    path: '/v1/events',
    items: eventsOf(shop, isLive).filter(({ created }) => created * 1_000 > now - EVENTS_KEPT),
    filters: {
      type: (event, wanted) => 'type' in event && wanted.some((type) => isOfType(event.type, type)),
      'types[]'(event, wanted) {
        if (wanted.length > 20) throw new StripeError(400, 'You may pass up to 20 event types.', { param: 'types' });
        return 'type' in event && wanted.includes(event.type);
      },
    },
  }),
};

/** `charge.*` stands for a group. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

const PAYMENT_TYPES = {
  created: 'charge.pending',
  paid: 'charge.succeeded',
  failed: 'charge.failed',
  refunded: 'charge.refunded',
  disputed: 'charge.dispute.created',
} as const;

/** Oldest first. An event keeps its place and its id as others come. */
function eventsOf({ paymentEvents, customerEvents, currency }: Shop, isLive: boolean) {
  const customers = customerEvents.map((event) => ({ at: event.at, event: () => customerEvent(event, isLive) }));
  const payments = paymentEvents.map((event) => ({ at: event.at, event: () => paymentEvent(event, currency, isLive) }));
  return [...customers, ...payments].sort((a, b) => a.at - b.at).map(({ event }) => event());
}

function customerEvent({ id, kind, at, customer }: ShopCustomerEvent, isLive: boolean) {
  return eventOf(id * 2, `customer.${kind}`, at, customerOf(customer, isLive), isLive);
}

function paymentEvent({ id, kind, at, order }: ShopPaymentEvent, currency: string, isLive: boolean) {
  const object = kind === 'disputed' ? disputeOf(order, currency, at, isLive) : chargeOf(order, currency, isLive);
  return eventOf(id * 2 + 1, PAYMENT_TYPES[kind], at, object, isLive);
}

/** The event of something that has just happened: the one of the list. */
function toldEvent(about: ShopHappening, { currency }: Shop, isLive: boolean) {
  if (about.subject === 'customer') return customerEvent(about.event, isLive);
  return about.subject === 'order' && about.event ? paymentEvent(about.event, currency, isLive) : undefined;
}

const TOPICS = new Set<string>([
  ...Object.values(PAYMENT_TYPES),
  'charge.updated',
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'account.application.deauthorized',
  'charge.captured',
  'charge.expired',
]);

/** The newest event of a type; for a type that the shop has none of, one about its newest charge or customer. */
function webhookEvent(topic: string, { shop, now }: SandboxWorld, isLive: boolean) {
  const known = eventsOf(shop, isLive).findLast(({ type }) => type === topic);
  if (known) return known;
  const [order, customer] = [shop.placedOrders.at(-1), shop.customers.at(-1)];
  const object = topic.startsWith('charge.')
    ? order && chargeOf(order, shop.currency, isLive)
    : topic.startsWith('customer.')
      ? customer && { ...customerOf(customer, isLive), ...(topic === 'customer.deleted' ? { deleted: true } : {}) }
      : { id: 'ca_Glaze', object: 'application', name: 'BizInsights' };
  const number = 2_000_000 + [...TOPICS].indexOf(topic);
  const event = eventOf(number, topic, now(), object ?? null, isLive);
  return topic.startsWith('account.') ? { ...event, account: ACCOUNT } : event;
}
