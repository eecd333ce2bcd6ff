/** What will happen in the shop on a day, drawn from the seed alone: the same whatever has been looked at before. */
import { defined } from '@bizinsights/jobs-core';
import { busyness, DAY } from './calendar.js';
import { FACTORS, type Incidents, levelOf, RANKING_CHANNEL, VIRAL_CHANNEL } from './incidents.js';
import { FIRST_NAMES, LAST_NAMES } from './names.js';
import { random } from './random.js';
import { CHANNELS, type Channel, COUNTRIES, type ShopOrder } from './shop.js';
import type { ShopState } from './shop-state.js';

/** One change, to be made at its time. */
export interface Change {
  readonly at: number;
  apply(shop: ShopState): void;
}

/** How the shop is drawn. */
export interface ShopPlan {
  readonly seed: number;
  readonly openedAt: number;
  /** On an average day of the first month. */
  readonly ordersPerDay: number;
  readonly incidents: Incidents;
}

/** What an incident makes of an order. */
interface Twist {
  readonly channel?: Channel;
  /** The title of its first item. */
  readonly title?: string;
}

const MINUTE = 60_000;

/** @param dayNumber 0 is the day on which the shop opened */
export function planDay(plan: ShopPlan, dayNumber: number): Change[] {
  const { seed, openedAt, ordersPerDay, incidents } = plan;
  const dayStart = openedAt + dayNumber * DAY;
  const today = incidents.on(dayNumber);
  const draw = random(seed, 'orders', dayNumber);
  const isBroken = today.some(({ cause }) => cause === 'checkout-broken');
  const usual = ordersPerDay * busyness(dayStart, dayNumber) * (isBroken ? FACTORS.checkoutBroken : 1);
  const level = levelOf(incidents, dayNumber);
  const hyped = today.find(({ cause }) => cause === 'product-hyped');
  const noise = 0.85 + 0.3 * draw();
  const count = (expected: number) => Math.max(0, Math.round(expected * noise));
  const isViral = today.some(({ cause }) => cause === 'viral-post');
  /** Those of the usual day come first: they are the same whatever is up. */
  const twists: Twist[] = [
    ...times(Math.max(1, count(usual * Math.min(1, level))), {}),
    ...times(count(usual * (level - 1)), { channel: RANKING_CHANNEL }),
    ...times(isViral ? count(usual * level * (FACTORS.viralOrders - 1)) : 0, { channel: VIRAL_CHANNEL }),
    ...times(hyped ? count(usual * level * (FACTORS.hype - 1)) : 0, defined({ title: hyped?.title })),
  ];
  const changes = twists.flatMap((twist, index) => planOrder(plan, dayStart, dayNumber, index, twist));
  // What everybody wants is soon gone.
  return [...changes, ...planStock(seed, dayStart, dayNumber, hyped !== undefined)];
}

function times(count: number, twist: Twist): Twist[] {
  return Array.from({ length: count }, () => twist);
}

function planOrder(
  { seed }: ShopPlan,
  dayStart: number,
  dayNumber: number,
  index: number,
  { channel: given, title }: Twist,
): Change[] {
  const draw = random(seed, 'order', dayNumber, index);
  const at = dayStart + draw.between(6 * 3_600, 23 * 3_600) * 1_000;
  const isNew = draw.chance(0.55);
  const [who, first, last] = [draw(), draw.pick(FIRST_NAMES), draw.pick(LAST_NAMES)];
  const country = draw.pick(COUNTRIES);
  const drawn = draw.pick(CHANNELS);
  const channel = given ?? drawn;
  const wanted = Array.from({ length: draw.between(1, 4) }, () => ({ what: draw(), quantity: draw.between(1, 3) }));
  const shipping = draw.chance(0.3) ? 0 : 490;
  // Drawn apart from the rest, which would be another shop otherwise.
  const where = random(seed, 'source', dayNumber, index)();
  const source = where < 0.04 ? 'pos' : where < 0.06 ? 'admin' : 'web';
  let order: ShopOrder | undefined;

  const later = (delay: number, change: (shop: ShopState, order: ShopOrder, at: number) => void): Change => ({
    at: at + delay,
    apply: (shop) => order && change(shop, order, at + delay),
  });
  const placed: Change = {
    at,
    apply(shop) {
      const known = shop.customers[Math.floor(who * shop.customers.length)];
      const email = `${first}.${last}.${dayNumber}.${index}@example.com`.toLowerCase().normalize('NFD');
      const customer =
        (isNew ? undefined : known) ??
        shop.addCustomer({
          firstName: first,
          lastName: last,
          email: email.replace(/[^\x21-\x7e]/g, ''),
          country,
          createdAt: at,
        });
      const hyped = title === undefined ? undefined : shop.products.find((product) => product.title === title);
      const lines = wanted.flatMap(({ what, quantity }, place) => {
        const drawn = shop.products[Math.floor(what * shop.products.length)];
        const product = place === 0 && hyped ? hyped : drawn;
        return product ? [{ product, quantity }] : [];
      });
      order = shop.addOrder({ at, customer, lines, shipping, source, channel });
    },
  };
  if (draw.chance(0.03))
    return [placed, later(draw.between(30, 600) * MINUTE, (shop, of, when) => shop.cancel(of, when))];
  const changes = [
    placed,
    later(draw.chance(0.8) ? 1_000 : draw.between(5, 180) * MINUTE, (shop, of, when) => shop.pay(of, when)),
  ];
  if (draw.chance(0.06)) {
    const share = draw.chance(0.5) ? 1 : 0.4;
    changes.push(
      later(draw.between(2, 18) * DAY, (shop, of, when) => shop.refund(of, Math.round(of.total * share), when)),
    );
  } else if (draw.chance(0.01)) {
    changes.push(later(draw.between(5, 20) * DAY, (shop, of, when) => shop.dispute(of, when)));
  }
  return changes;
}

/** At 5 in the morning the shelves are filled, unless everything is sold; now and then a price changes. */
function planStock(seed: number, dayStart: number, dayNumber: number, isSoldOut: boolean): Change[] {
  const draw = random(seed, 'stock', dayNumber);
  const at = dayStart + 5 * 60 * MINUTE;
  const [which, factor] = [draw(), 0.9 + 0.2 * draw()];
  const restock: Change = {
    at,
    apply(shop) {
      for (const product of shop.products) {
        if (product.stock < 20) shop.changeProduct(product, { stock: product.stock + 100 }, at);
      }
    },
  };
  const reprice: Change = {
    at: at + MINUTE,
    apply(shop) {
      const product = shop.products[Math.floor(which * shop.products.length)];
      if (product) shop.changeProduct(product, { price: Math.round((product.price * factor) / 10) * 10 }, at + MINUTE);
    },
  };
  return [...(isSoldOut ? [] : [restock]), ...(draw.chance(0.2) ? [reprice] : [])];
}
