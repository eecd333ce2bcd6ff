/** WooCommerce's view of the shop: the REST API `wc/v3` on a WordPress of its own. */

import { createHmac, randomUUID } from 'node:crypto';
import type { WooCommerceCredentials } from '@bizinsights/jobs-platforms/woocommerce';
import type {
  OpenSandboxPlatform,
  SandboxRequest,
  SandboxResponse,
  SandboxWebhook,
  SandboxWebhookOptions,
} from '../platform.js';
import type { ShopHappening } from '../shop/shop.js';
import { type ListArguments, readArguments, type WrongArguments } from './arguments.js';
import { type View, viewsOf } from './views.js';

const CONSUMER_KEY = 'ck_5a4db0c51a2d0e7a6f3c92b1d8e4f7a0c3b6d9e2';
const CONSUMER_SECRET = 'cs_9e1f3a5c7b9d0e2f4a6c8b0d1e3f5a7c9b1d3e5f';
const WEBHOOK_SECRET = 'woocommerce-sandbox-webhook-secret';
const SHOP_URL = 'https://glaze-and-co.example';
const ROOT = '/wp-json/wc/v3/';

export const wooCommerceSandbox: OpenSandboxPlatform<WooCommerceCredentials> = (world) => {
  const views = viewsOf(world.shop, SHOP_URL);

  function answer(request: SandboxRequest): SandboxResponse {
    const { pathname } = request.url;
    if (request.method === 'GET' && /^\/wp-json\/?$/.test(pathname)) return { body: siteIndex() };
    if (!pathname.startsWith(ROOT) || request.method !== 'GET') return noRoute();
    const [name = '', id, ...more] = pathname.slice(ROOT.length).split('/');
    const refused = checkKeys(request);
    if (refused) return refused;
    if (pathname === `${ROOT}data/currencies/current`) {
      return { body: { code: world.shop.currency, name: 'Euro', symbol: '&euro;', _links: {} } };
    }
    const view = views[name];
    if (!view || more.length > 0) return noRoute();
    return id === undefined ? list(name, view, request) : one(name, view, id);
  }

  /** The index of WordPress, for anybody ("REST API Handbook, Discovery"). */
  function siteIndex() {
    const { name, zone } = world.shop;
    const site = { name, description: '', url: SHOP_URL, home: SHOP_URL, gmt_offset: '1', timezone_string: zone };
    return { ...site, namespaces: ['wp/v2', 'wc/v3'], authentication: {}, routes: {} };
  }

  function list(name: string, view: View, { url }: SandboxRequest): SandboxResponse {
    const { arguments: found, wrong } = readArguments(name, url.searchParams, world.shop.zone);
    if (!found) return invalid(wrong);
    const items = view.list(found);
    const offset = found.offset ?? (found.page - 1) * found.per_page;
    const pages = Math.ceil(items.length / found.per_page);
    const headers = {
      'x-wp-total': String(items.length),
      'x-wp-totalpages': String(pages),
      link: linksOf(url, found, pages),
    };
    return { headers, body: items.slice(offset, offset + found.per_page).map((item) => view.show(item, found.dp)) };
  }

  function one(name: string, view: View, id: string): SandboxResponse {
    const item = view.list(undefined).find((known) => String(known.id) === id);
    if (item) return { body: view.show(item, undefined) };
    const kind = name === 'orders' ? 'shop_order' : name.slice(0, -1);
    return failure(404, `woocommerce_rest_${kind}_invalid_id`, 'Invalid ID.');
  }

  function webhook(
    topic: string,
    { secret, about, deliveryId = randomUUID() }: Pick<SandboxWebhookOptions, 'secret' | 'about' | 'deliveryId'>,
  ): SandboxWebhook {
    const [resource = '', event = ''] = topic.split('.');
    const view = views[`${resource}s`];
    const thing = (about && thingOf(about)) ?? view?.list(undefined).at(-1);
    const body = JSON.stringify(event === 'deleted' ? { id: thing?.id } : thing && view?.show(thing, undefined));
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'WooCommerce/10.3.5 Hookshot (WordPress/6.8.3)',
        'x-wc-webhook-source': `${SHOP_URL}/`,
        'x-wc-webhook-topic': topic,
        'x-wc-webhook-resource': resource,
        'x-wc-webhook-event': event,
        'x-wc-webhook-signature': createHmac('sha256', secret).update(body).digest('base64'),
        'x-wc-webhook-id': String(TOPICS.indexOf(topic) + 1),
        'x-wc-webhook-delivery-id': deliveryId.replaceAll('-', ''),
      },
    };
  }

  return {
    credentials: { url: SHOP_URL, consumerKey: CONSUMER_KEY, consumerSecret: CONSUMER_SECRET },
    answer,
    isPage: ({ url }) => !url.pathname.startsWith(`${ROOT}data/`),
    failures: {
      rateLimited: () => ({
        status: 429,
        headers: { 'content-type': 'text/html', 'retry-after': '30' },
        body: '<html><head><title>429 Too Many Requests</title></head></html>',
      }),
      serverError: () =>
        failure(500, 'internal_server_error', '<p>There has been a critical error on this website.</p>'),
      accessLost: () => failure(401, 'woocommerce_rest_authentication_error', 'Consumer key is invalid.'),
    },
    breakRecord({ body, ...rest }) {
      const items: unknown[] = Array.isArray(body) ? body : [];
      const [first, ...others] = items;
      return {
        ...rest,
        body: first === undefined ? items : [{ ...Object(first), date_created_gmt: 'yesterday' }, ...others],
      };
    },
    webhooks: { secret: WEBHOOK_SECRET, topics: TOPICS, topicsOf, make: webhook },
  };
};

const TOPICS = ['order', 'product', 'customer'].flatMap((resource) =>
  ['created', 'updated', 'deleted', 'restored']
    .filter((event) => resource !== 'customer' || event !== 'restored')
    .map((event) => `${resource}.${event}`),
);

const ORDER_EVENTS = {
  created: ['created'],
  paid: ['updated'],
  failed: ['updated'],
  refunded: ['updated'],
  disputed: [],
  edited: ['updated'],
  deleted: ['deleted'],
} as const;

function topicsOf(happening: ShopHappening): readonly string[] {
  if (happening.subject === 'order') return ORDER_EVENTS[happening.kind].map((event) => `order.${event}`);
  return happening.subject === 'campaign' ? [] : [`${happening.subject}.${happening.kind}`];
}

function thingOf(about: ShopHappening) {
  if (about.subject === 'order') return about.order;
  if (about.subject === 'product') return about.product;
  return about.subject === 'customer' ? about.customer : undefined;
}

/** "Authentication over HTTPS": in the header, or in the query. */
function checkKeys({ headers, url }: SandboxRequest): SandboxResponse | undefined {
  const [scheme, encoded = ''] = (headers.get('authorization') ?? '').split(' ');
  const [key, secret] =
    scheme === 'Basic'
      ? Buffer.from(encoded, 'base64').toString().split(':')
      : [url.searchParams.get('consumer_key') ?? undefined, url.searchParams.get('consumer_secret') ?? undefined];
  if (key === undefined) return failure(401, 'woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.');
  const wrong = key !== CONSUMER_KEY ? 'key' : secret !== CONSUMER_SECRET ? 'secret' : undefined;
  return wrong && failure(401, 'woocommerce_rest_authentication_error', `Consumer ${wrong} is invalid.`);
}

/** "Pagination": the pages around this one. */
function linksOf(url: URL, { page }: ListArguments, pages: number): string[] {
  const link = (to: number, rel: string) => {
    const target = new URL(url.pathname + url.search, SHOP_URL);
    target.searchParams.set('page', String(to));
    return `<${target}>; rel="${rel}"`;
  };
  return [...(page > 1 ? [link(page - 1, 'prev')] : []), ...(page < pages ? [link(page + 1, 'next')] : [])];
}

function failure(status: number, code: string, message: string): SandboxResponse {
  return { status, body: { code, message, data: { status } } };
}

function noRoute(): SandboxResponse {
  return failure(404, 'rest_no_route', 'No route was found matching the URL and request method.');
}

function invalid(params: WrongArguments): SandboxResponse {
  const message = `Invalid parameter(s): ${Object.keys(params).join(', ')}`;
  return { status: 400, body: { code: 'rest_invalid_param', message, data: { status: 400, params, details: {} } } };
}
