/** The shop's tables, and each way in which they change. Every change leaves its trace in `updatedAt` and in the events. */
import type {
  Channel,
  OrderSource,
  ShopCampaign,
  ShopCustomer,
  ShopCustomerEvent,
  ShopHappening,
  ShopOrder,
  ShopOrderLine,
  ShopPaymentEvent,
  ShopProduct,
} from './shop.js';

/** What a new order is made of. */
export interface NewOrder {
  readonly at: number;
  readonly customer: ShopCustomer;
  readonly lines: readonly { readonly product: ShopProduct; readonly quantity: number }[];
  readonly shipping: number;
  readonly source: OrderSource;
  readonly channel: Channel;
}

/** What is added to an order, and taken out of it. */
export interface OrderEdit {
  readonly add?: { readonly product: ShopProduct; readonly quantity: number };
  /** So many of a line. */
  readonly remove?: { readonly line: ShopOrderLine; readonly quantity: number };
}

/** Visits of a day and a country that turn out to have come by another channel. */
export interface MovedVisits {
  readonly day: string;
  readonly country: string;
  readonly from: Channel;
  readonly to: Channel;
}

/** The first id of each table: none looks like an index, and none like another's. */
const FIRST_ID = { product: 7_001, customer: 50_001, order: 100_001, campaign: 900_001, event: 1 };

export interface ShopState {
  readonly products: ShopProduct[];
  readonly customers: ShopCustomer[];
  readonly orders: ShopOrder[];
  readonly placedOrders: ShopOrder[];
  readonly campaigns: ShopCampaign[];
  readonly paymentEvents: ShopPaymentEvent[];
  readonly customerEvents: ShopCustomerEvent[];
  /** Purchases that were counted late, by `campaign/day`. */
  readonly lateConversions: ReadonlyMap<string, number>;
  readonly movedVisits: readonly MovedVisits[];
  addProduct(product: Omit<ShopProduct, 'id' | 'updatedAt'>): ShopProduct;
  addCampaign(campaign: Omit<ShopCampaign, 'id' | 'updatedAt'>): ShopCampaign;
  addCustomer(customer: Omit<ShopCustomer, 'id' | 'updatedAt' | 'orderCount'>): ShopCustomer;
  addOrder(order: NewOrder): ShopOrder;
  pay(order: ShopOrder, at: number): void;
  cancel(order: ShopOrder, at: number): void;
  /** Gives back so much, in minor units; at most what is left. */
  refund(order: ShopOrder, amount: number, at: number): void;
  /** Changes what was ordered. No money moves. */
  edit(order: ShopOrder, edit: OrderEdit, at: number): void;
  dispute(order: ShopOrder, at: number): void;
  changeProduct(
    product: ShopProduct,
    change: Partial<Pick<ShopProduct, 'price' | 'stock' | 'status'>>,
    at: number,
  ): void;
  changeCampaign(campaign: ShopCampaign, change: Partial<Pick<ShopCampaign, 'status'>>, at: number): void;
  /** One more purchase is put down to what a campaign showed on a day. */
  convertLate(campaign: ShopCampaign, day: string): void;
  moveVisits(visits: MovedVisits): void;
  /** Payments, and what was bought, stay. */
  deleteOrder(order: ShopOrder, at: number): void;
  deleteProduct(product: ShopProduct, at: number): void;
  deleteCustomer(customer: ShopCustomer, at: number): void;
}

/** What has happened, without what is the same for all. */
type Happened = DistributiveOmit<ShopHappening, 'id' | 'at'>;
type DistributiveOmit<Whole, Keys extends PropertyKey> = Whole extends unknown ? Omit<Whole, Keys> : never;

/** @param tellAll hears of everything, right after it has happened */
export function createShopState(tellAll: (happening: ShopHappening) => void): ShopState {
  const products: ShopProduct[] = [];
  const customers: ShopCustomer[] = [];
  const orders: ShopOrder[] = [];
  const placedOrders: ShopOrder[] = [];
  const campaigns: ShopCampaign[] = [];
  const paymentEvents: ShopPaymentEvent[] = [];
  const customerEvents: ShopCustomerEvent[] = [];
  const lateConversions = new Map<string, number>();
  const movedVisits: MovedVisits[] = [];
  /** The next id of each table. None is given twice. */
  const next = { ...FIRST_ID };

  let happenings = 0;
  function happen(at: number, happened: Happened): void {
    tellAll({ id: ++happenings, at, ...happened });
  }

  function tell(kind: ShopPaymentEvent['kind'], order: ShopOrder, at: number): void {
    order.updatedAt = at;
    const event = push(paymentEvents, { id: FIRST_ID.event + paymentEvents.length, kind, at, order: { ...order } });
    happen(at, { subject: 'order', kind, order, event });
  }

  function tellOfCustomer(kind: ShopCustomerEvent['kind'], customer: ShopCustomer, at: number): void {
    customer.updatedAt = at;
    const id = FIRST_ID.event + customerEvents.length;
    const event = push(customerEvents, { id, kind, at, customer: { ...customer } });
    happen(at, { subject: 'customer', kind, customer, event });
  }

  function touchProduct(product: ShopProduct, change: Partial<ShopProduct>, at: number): void {
    Object.assign(product, change, { updatedAt: at });
    happen(at, { subject: 'product', kind: 'updated', product });
  }

  /** Takes the goods from the shelf. */
  function sell({ product, quantity }: NewOrder['lines'][number], at: number): ShopOrderLine {
    touchProduct(product, { stock: Math.max(0, product.stock - quantity) }, at);
    return { productId: product.id, title: product.title, quantity, price: product.price };
  }

  return {
    products,
    customers,
    orders,
    placedOrders,
    campaigns,
    paymentEvents,
    customerEvents,
    lateConversions,
    movedVisits,
    addProduct: (product) => push(products, { ...product, id: next.product++, updatedAt: product.createdAt }),
    addCampaign(campaign) {
      const added = push(campaigns, { ...campaign, id: next.campaign++, updatedAt: campaign.createdAt });
      happen(campaign.createdAt, { subject: 'campaign', kind: 'created', campaign: added });
      return added;
    },
    addCustomer(customer) {
      const { createdAt } = customer;
      const added = push(customers, { ...customer, id: next.customer++, updatedAt: createdAt, orderCount: 0 });
      tellOfCustomer('created', added, createdAt);
      return added;
    },
    addOrder({ at, customer, lines, shipping, source, channel }) {
      const sold = lines.map((line) => sell(line, at));
      const total = sold.reduce((sum, line) => sum + costOf(line), shipping);
      const order = push(orders, {
        id: next.order++,
        customerId: customer.id,
        country: customer.country,
        createdAt: at,
        updatedAt: at,
        cancelledAt: undefined,
        payment: 'pending',
        lines: sold,
        removed: [],
        returned: [],
        shipping,
        total,
        placedTotal: total,
        refunded: 0,
        source,
        channel,
        disputed: false,
      });
      placedOrders.push(order);
      tell('created', order, at);
      customer.orderCount++;
      tellOfCustomer('updated', customer, at);
      return order;
    },
    pay(order, at) {
      if (order.payment !== 'pending') return;
      order.payment = 'paid';
      tell('paid', order, at);
    },
    cancel(order, at) {
      if (order.payment !== 'pending') return;
      order.payment = 'void';
      order.cancelledAt = at;
      tell('failed', order, at);
    },
    refund(order, amount, at) {
      if (order.payment !== 'paid' && order.payment !== 'partially-refunded') return;
      order.refunded = Math.min(order.total, order.refunded + amount);
      order.payment = order.refunded === order.total ? 'refunded' : 'partially-refunded';
      tell('refunded', order, at);
    },
    edit(order, { add, remove }, at) {
      if (add) {
        const line = sell(add, at);
        order.lines = [...order.lines, line];
        order.total += costOf(line);
      }
      if (remove) {
        const { line, quantity } = remove;
        const left = { ...line, quantity: line.quantity - quantity };
        order.lines = order.lines.flatMap((one) => (one !== line ? [one] : left.quantity > 0 ? [left] : []));
        order.removed = [...order.removed, { ...line, quantity }];
        order.total -= quantity * line.price;
      }
      order.updatedAt = at;
      happen(at, { subject: 'order', kind: 'edited', order });
    },
    dispute(order, at) {
      if (order.payment !== 'paid') return;
      order.disputed = true;
      tell('disputed', order, at);
    },
    changeProduct: touchProduct,
    changeCampaign(campaign, change, at) {
      Object.assign(campaign, change, { updatedAt: at });
      happen(at, { subject: 'campaign', kind: 'updated', campaign });
    },
    convertLate({ id }, day) {
      const key = `${id}/${day}`;
      lateConversions.set(key, (lateConversions.get(key) ?? 0) + 1);
    },
    moveVisits: (visits) => movedVisits.push(visits),
    deleteOrder(order, at) {
      take(orders, order);
      happen(at, { subject: 'order', kind: 'deleted', order });
    },
    deleteProduct(product, at) {
      take(products, product);
      happen(at, { subject: 'product', kind: 'deleted', product });
    },
    deleteCustomer(customer, at) {
      take(customers, customer);
      tellOfCustomer('deleted', customer, at);
    },
  };
}

/** What a line costs, in minor units. */
function costOf({ quantity, price }: ShopOrderLine): number {
  return quantity * price;
}

function push<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}

function take<T>(list: T[], item: T): void {
  const place = list.indexOf(item);
  if (place >= 0) list.splice(place, 1);
}
