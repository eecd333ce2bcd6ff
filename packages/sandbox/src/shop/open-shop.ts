/** Opens the shop, and moves it through time. */
import { DAY, dayOf, startOfDay, ZONE } from './calendar.js';
import { createIncidents, type PlannedIncident } from './incidents.js';
import { CAMPAIGNS, GOODS, LOOKS, PRICES } from './names.js';
import { type Change, planDay, type ShopPlan } from './plan-day.js';
import { CHANNELS, COUNTRIES, type Shop, type ShopHappening, type ShopIncident, type ShopOrder } from './shop.js';
import { createShopState, type ShopState } from './shop-state.js';
import { campaignDaysOf, trafficOf } from './statistics.js';

export interface ShopOptions {
  readonly seed: number;
  /** How long it has been open. */
  readonly days: number;
  readonly ordersPerDay: number;
  /** Epoch ms. */
  readonly now: number;
  /** Which incidents there are, of those that the seed has. Default: all. */
  readonly isWanted?: (incident: ShopIncident) => boolean;
  /** Hears of everything that happens, right after it has happened. */
  readonly tell?: (happening: ShopHappening) => void;
}

/** A shop whose time somebody holds in hand. */
export interface RunningShop {
  readonly shop: Shop;
  now(): number;
  /** When something has happened last. */
  touchedAt(): number;
  /** Makes everything happen that lies in between. */
  advance(ms: number): void;
  /**
   * At the present moment: a new order of a new customer, and a change to an order and a product that were there; a new
   * campaign, another that is paused or goes on, a purchase that counts for an ad of up to 27 days ago, and visits of the
   * last three days that turn out to have come by another channel. What changing while somebody reads is.
   *
   * @param at here and below: when, not before now. Default: a second later, as a change in the same second as another
   *   would not show in `updatedAt`
   */
  change(at?: number): void;
  /**
   * Edits two paid orders, without money that moves: the oldest one that has several things loses one of them, and the
   * next gets one more.
   */
  edit(at?: number): void;
  /** Deletes the oldest order, product, customer and campaign: what stands behind them in a list moves up. */
  remove(at?: number): void;
}

const SECOND = 1_000;

/** Days until which a purchase may still be put down to an ad, and visits to another channel. */
const [LATEST_CONVERSION, LATEST_MOVE] = [27, 3];

export function openShop({
  seed,
  days,
  ordersPerDay,
  now: start,
  isWanted = () => true,
  tell = () => undefined,
}: ShopOptions): RunningShop {
  const openedAt = startOfDay(start) - days * DAY;
  const plan: ShopPlan = { seed, openedAt, ordersPerDay, incidents: createIncidents(seed, openedAt, isWanted) };
  let touchedAt = openedAt;
  const state = createShopState((happening) => {
    touchedAt = happening.at;
    tell(happening);
  });
  stock(state, openedAt);
  let now = openedAt;
  let plannedDays = 0;
  /** In the order of their times, from the last: the next one is at the end. At the same time, as they were planned. */
  let waiting: (Change & { readonly place: number })[] = [];
  let planned = 0;

  function happen(until: number): void {
    for (let next = waiting.at(-1); next && next.at <= until; next = waiting.at(-1)) {
      waiting.pop();
      now = Math.max(now, next.at);
      next.apply(state);
    }
  }

  /** Day by day: what is planned and has not happened yet is never more than that of three weeks. */
  function advance(ms: number): void {
    const until = now + ms;
    for (let begin = openedAt + plannedDays * DAY; begin <= until; begin += DAY) {
      happen(begin - 1);
      const changes = planDay(plan, plannedDays++).map(({ at, apply }) => ({ at, apply, place: planned++ }));
      waiting = [...waiting, ...changes].sort((a, b) => b.at - a.at || b.place - a.place);
    }
    happen(until);
    now = until;
  }

  let changes = 0;
  function change(moment = now + SECOND): void {
    advance(moment - now);
    const [at, number] = [now, changes++];
    const product = state.products[number % state.products.length];
    const known = oldest(state.orders, number);
    if (!product) return;
    const customer = state.addCustomer({
      firstName: 'Nora',
      lastName: 'Neu',
      email: `nora.neu.${number}@example.com`,
      country: 'DE',
      createdAt: at,
    });
    state.pay(
      state.addOrder({
        at,
        customer,
        lines: [{ product, quantity: 1 }],
        shipping: 0,
        source: 'web',
        channel: 'Direct',
      }),
      at,
    );
    state.changeProduct(product, { price: product.price + 10 }, at);
    if (known) state.refund(known, 100, at);
    changeStatistics(at, number);
  }

  function changeStatistics(at: number, number: number): void {
    const ago = (days: number) => dayOf(at - days * DAY);
    const running = state.campaigns.filter(({ status }) => status !== 'deleted');
    const campaign = running[number % running.length];
    if (campaign) {
      state.changeCampaign(campaign, { status: campaign.status === 'active' ? 'paused' : 'active' }, at);
      // The furthest day first: who reads too few of them again misses it at once.
      state.convertLate(campaign, ago(LATEST_CONVERSION - ((number * 5) % LATEST_CONVERSION)));
    }
    state.addCampaign({ name: `Offer ${number}`, objective: 'OUTCOME_SALES', createdAt: at, status: 'active' });
    const pick = <T>(items: readonly [T, ...T[]], index: number): T => items[index % items.length] ?? items[0];
    state.moveVisits({
      day: ago(LATEST_MOVE - (number % LATEST_MOVE)),
      country: pick(COUNTRIES, number),
      from: pick(CHANNELS, number),
      to: pick(CHANNELS, number + 1),
    });
  }

  function edit(moment = now + SECOND): void {
    advance(moment - now);
    const [loses, gains] = state.orders.filter((order) => {
      return order.payment === 'paid' && order.lines.length > 1 && order.total === order.placedTotal;
    });
    const [line, product] = [loses?.lines.at(-1), state.products[0]];
    if (loses && line) state.edit(loses, { remove: { line, quantity: 1 } }, now);
    if (gains && product) state.edit(gains, { add: { product, quantity: 1 } }, now);
  }

  function remove(moment = now + SECOND): void {
    advance(moment - now);
    const [order, product, customer] = [state.orders[0], state.products[0], state.customers[0]];
    const campaign = state.campaigns.find(({ status }) => status !== 'deleted');
    if (order) state.deleteOrder(order, now);
    if (product) state.deleteProduct(product, now);
    if (customer) state.deleteCustomer(customer, now);
    if (campaign) state.changeCampaign(campaign, { status: 'deleted' }, now);
  }

  advance(start - openedAt);
  const shop: Shop = {
    ...state,
    name: 'Glaze & Co',
    currency: 'EUR',
    zone: ZONE,
    openedAt,
    get incidents() {
      return plan.incidents.until(Math.floor((now - openedAt) / DAY)).map(publicOf);
    },
    traffic: (days) => trafficOf(plan, state, now, days),
    campaignDays: (days) => campaignDaysOf(plan, state, now, days),
  };
  return { shop, now: () => now, touchedAt: () => touchedAt, advance, change, edit, remove };
}

function stock(state: ShopState, at: number): void {
  for (const [index, good] of GOODS.entries()) {
    for (const look of LOOKS) {
      const price = PRICES[index] ?? 1_000;
      state.addProduct({ title: `${look} ${good}`, createdAt: at, status: 'active', price, stock: 100 });
    }
  }
  state.addProduct({ title: 'Gift Box (in the making)', createdAt: at, status: 'draft', price: 3_900, stock: 0 });
  for (const [name, objective] of CAMPAIGNS) state.addCampaign({ name, objective, createdAt: at, status: 'active' });
}

/** The first order that can still give something back, from the given place on. */
function oldest(orders: readonly ShopOrder[], from: number): ShopOrder | undefined {
  const canRefund = ({ payment, total, refunded }: ShopOrder) =>
    (payment === 'paid' || payment === 'partially-refunded') && total - refunded > 100;
  return orders.slice(from * 7).find(canRefund) ?? orders.find(canRefund);
}

/** Without what is for planning alone. */
function publicOf({ first: _first, last: _last, title: _title, ...incident }: PlannedIncident): ShopIncident {
  return incident;
}
