/** The shop's things as WooCommerce words them, and how its lists filter and sort. */
import { findById } from '../shop/find-by-id.js';
import type { Channel, OrderSource, Shop, ShopOrder, ShopProduct } from '../shop/shop.js';
import { type ListArguments, offsetOf } from './arguments.js';

/** What can be in a list. */
interface Listed {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One list. */
export interface View {
  /** Filtered and sorted; everything in the order of its ids where nothing is asked for. */
  list(asked: ListArguments | undefined): readonly Listed[];
  /** @param decimals of amounts. Default: 2 */
  show(item: Listed, decimals: number | undefined): Readonly<Record<string, unknown>>;
}

export function viewsOf(shop: Shop, url: string): Readonly<Record<string, View>> {
  const links = (path: string, id: number) => ({
    self: [{ href: `${url}/wp-json/wc/v3/${path}/${id}` }],
    collection: [{ href: `${url}/wp-json/wc/v3/${path}` }],
  });
  const buyerOf = ({ customerId }: ShopOrder) => findById(shop.customers, customerId);
  const addressOf = (order: ShopOrder) => {
    const { firstName = '', lastName = '' } = buyerOf(order) ?? {};
    return { first_name: firstName, last_name: lastName, country: order.country };
  };
  const emailOf = (order: ShopOrder) => buyerOf(order)?.email ?? '';
  const offset = offsetOf(shop.zone);
  const dates = (name: string, at: number | undefined) => ({
    [name]: at === undefined ? null : timeOf(at + offset),
    [`${name}_gmt`]: at === undefined ? null : timeOf(at),
  });
  return {
    orders: viewOf({
      all: () => shop.orders,
      status: (order) => statusOf(order),
      name: (order) => String(order.id),
      show: (order, decimals) => {
        const amount = (minor: number) => (minor / 100).toFixed(decimals);
        return {
          id: order.id,
          parent_id: 0,
          number: String(order.id),
          order_key: `wc_order_${order.id}`,
          created_via: CREATED_VIA[order.source],
          status: statusOf(order),
          currency: shop.currency,
          ...dates('date_created', order.createdAt),
          ...dates('date_modified', order.updatedAt),
          ...dates('date_paid', order.payment === 'pending' || order.payment === 'void' ? undefined : order.createdAt),
          discount_total: amount(0),
          shipping_total: amount(order.shipping),
          total: amount(order.total),
          total_tax: amount(0),
          prices_include_tax: true,
          customer_id: order.customerId,
          billing: { ...addressOf(order), email: emailOf(order), phone: '' },
          shipping: addressOf(order),
          payment_method: 'stripe',
          line_items: order.lines.map((line, index) => ({
            id: order.id * 10 + index,
            name: line.title,
            product_id: line.productId,
            variation_id: 0,
            quantity: line.quantity,
            subtotal: amount(line.price * line.quantity),
            total: amount(line.price * line.quantity),
            total_tax: amount(0),
            price: line.price / 100,
          })),
          refunds: order.refunded > 0 ? [{ id: order.id * 10 + 9, reason: '', total: amount(-order.refunded) }] : [],
          meta_data: attributionOf(order),
          _links: links('orders', order.id),
        };
      },
    }),
    products: viewOf({
      all: () => shop.products,
      status: ({ status }) => PRODUCT_STATUS[status],
      name: ({ title }) => title,
      show: (product) => ({
        id: product.id,
        name: product.title,
        slug: product.title.toLowerCase().replace(/\W+/g, '-'),
        ...dates('date_created', product.createdAt),
        ...dates('date_modified', product.updatedAt),
        type: 'simple',
        status: PRODUCT_STATUS[product.status],
        price: (product.price / 100).toFixed(2),
        regular_price: (product.price / 100).toFixed(2),
        sale_price: '',
        manage_stock: true,
        stock_quantity: product.stock,
        stock_status: product.stock > 0 ? 'instock' : 'outofstock',
        parent_id: 0,
        variations: [],
        meta_data: [],
        _links: links('products', product.id),
      }),
    }),
    customers: viewOf({
      all: () => shop.customers,
      status: () => 'customer',
      name: ({ firstName, lastName }) => `${firstName} ${lastName}`,
      show: (customer) => ({
        id: customer.id,
        ...dates('date_created', customer.createdAt),
        ...dates('date_modified', customer.updatedAt === customer.createdAt ? undefined : customer.updatedAt),
        email: customer.email,
        first_name: customer.firstName,
        last_name: customer.lastName,
        role: 'customer',
        username: customer.email,
        billing: { first_name: customer.firstName, last_name: customer.lastName, country: customer.country },
        is_paying_customer: customer.orderCount > 0,
        meta_data: [],
        _links: links('customers', customer.id),
      }),
    }),
  };
}

interface ViewParts<Item extends Listed> {
  all(): readonly Item[];
  status(item: Item): string;
  name(item: Item): string;
  show(item: Item, decimals: number): Readonly<Record<string, unknown>>;
}

function viewOf<Item extends Listed & { readonly email?: string }>({ all, status, name, show }: ViewParts<Item>): View {
  return {
    list(asked) {
      if (!asked) return all();
      const { include, exclude = [], email, times, order, orderby } = asked;
      const found = all()
        .filter((item) => include?.includes(item.id) ?? true)
        .filter((item) => !exclude.includes(item.id))
        .filter((item) => email === undefined || item.email === email)
        .filter((item) => asked.status === undefined || asked.status === 'any' || status(item) === asked.status)
        .filter((item) => isBetween(item.createdAt, times.after, times.before))
        .filter((item) => isBetween(item.updatedAt, times.modified_after, times.modified_before));
      const sign = order === 'asc' ? 1 : -1;
      return found.sort((a, b) => sign * (compare(a, b, orderby, name) || a.id - b.id));
    },
    show(item, decimals = 2) {
      const known = findById(all(), item.id);
      return known ? show(known, decimals) : {};
    },
  };
}

function compare<Item extends Listed>(a: Item, b: Item, by: string, name: (item: Item) => string): number {
  if (by === 'date' || by === 'registered_date') return a.createdAt - b.createdAt;
  if (by === 'modified') return a.updatedAt - b.updatedAt;
  return by === 'id' ? a.id - b.id : name(a).localeCompare(name(b));
}

/** Both ends are left out, as in WordPress's date queries. */
function isBetween(at: number, after = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY): boolean {
  return at > after && at < before;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

const PRODUCT_STATUS: Readonly<Record<ShopProduct['status'], string>> = {
  active: 'publish',
  draft: 'draft',
  archived: 'private',
};

const ORDER_STATUS: Readonly<Record<ShopOrder['payment'], string>> = {
  pending: 'pending',
  paid: 'processing',
  'partially-refunded': 'completed',
  refunded: 'refunded',
  void: 'cancelled',
};

function statusOf({ payment }: ShopOrder): string {
  return ORDER_STATUS[payment];
}

const CREATED_VIA: Readonly<Record<OrderSource, string>> = { web: 'checkout', admin: 'admin', pos: 'pos-rest-api' };

/** "Order Attribution Tracking": what WooCommerce keeps of the visit that has brought an order. */
const ATTRIBUTIONS: Readonly<Record<Channel, Readonly<Record<string, string>>>> = {
  'Organic Search': { source_type: 'organic', utm_source: 'google', utm_medium: 'organic' },
  Direct: { source_type: 'typein', utm_source: '(direct)' },
  'Paid Social': { source_type: 'utm', utm_source: 'facebook', utm_medium: 'paid_social', utm_campaign: 'glaze' },
  Email: { source_type: 'utm', utm_source: 'newsletter', utm_medium: 'email' },
  Referral: {
    source_type: 'referral',
    utm_source: 'pottery-blog.example',
    utm_medium: 'referral',
    referrer: 'https://pottery-blog.example/best-mugs',
  },
};

/** Among what plugins keep with an order. */
function attributionOf({ id, source, channel }: ShopOrder) {
  const attribution = source === 'web' ? ATTRIBUTIONS[channel] : source === 'admin' ? { source_type: 'admin' } : {};
  const kept: readonly (readonly [string, unknown])[] = [
    ['_download_permissions_granted', 'yes'],
    ...Object.entries(attribution).map(([name, value]) => [`_wc_order_attribution_${name}`, value] as const),
    ['_a_plugins_own', { counts: [1, 2], nested: { note: null } }],
  ];
  return kept.map(([key, value], index) => ({ id: id * 100 + index, key, value }));
}
