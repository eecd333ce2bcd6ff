/** The shop as one platform has it: what falls into days on which the platform was silent has never reached it. */
import { beginningOf, DAY } from './calendar.js';
import type { Shop, ShopHappening, ShopIncident, ShopPlatform } from './shop.js';

/** A live view: it moves on with the shop. The things in it are the shop's own. */
export function seenBy(shop: Shop, platform: ShopPlatform): Shop {
  function heard<T>(items: readonly T[], timeOf: (item: T) => number): readonly T[] {
    const silences = silencesOf(shop, platform).map(timesOf);
    if (silences.length === 0) return items;
    return items.filter((item) => !isWithin(silences, timeOf(item)));
  }
  function heardDays<T extends { readonly day: string }>(rows: readonly T[]): readonly T[] {
    const silences = silencesOf(shop, platform);
    return rows.filter(({ day }) => !silences.some(({ from, to }) => day >= from && day <= to));
  }
  const ofOrder = ({ order }: { readonly order: { readonly createdAt: number } }) => order.createdAt;
  const ofCustomer = ({ customer }: { readonly customer: { readonly createdAt: number } }) => customer.createdAt;
  const itself = ({ createdAt }: { readonly createdAt: number }) => createdAt;
  const isAdsOrAnalytics = platform === 'google-analytics' || platform === 'facebook-ads';
  return {
    name: shop.name,
    currency: shop.currency,
    zone: shop.zone,
    openedAt: shop.openedAt,
    products: shop.products,
    campaigns: shop.campaigns,
    get incidents() {
      return shop.incidents;
    },
    get orders() {
      return isAdsOrAnalytics ? shop.orders : heard(shop.orders, itself);
    },
    get placedOrders() {
      return isAdsOrAnalytics ? shop.placedOrders : heard(shop.placedOrders, itself);
    },
    get customers() {
      return isAdsOrAnalytics ? shop.customers : heard(shop.customers, itself);
    },
    get paymentEvents() {
      return isAdsOrAnalytics ? shop.paymentEvents : heard(shop.paymentEvents, ofOrder);
    },
    get customerEvents() {
      return isAdsOrAnalytics ? shop.customerEvents : heard(shop.customerEvents, ofCustomer);
    },
    traffic: (days) => (platform === 'google-analytics' ? heardDays(shop.traffic(days)) : shop.traffic(days)),
    campaignDays: (days) =>
      platform === 'facebook-ads' ? heardDays(shop.campaignDays(days)) : shop.campaignDays(days),
  };
}

/** Whether a platform sends webhooks about something: it was not silent then, and knows what it is about. */
export function isHeardBy(shop: Shop, platform: ShopPlatform, happening: ShopHappening): boolean {
  const silences = silencesOf(shop, platform);
  const times = silences.map(timesOf);
  const about =
    happening.subject === 'order'
      ? happening.order.createdAt
      : happening.subject === 'customer'
        ? happening.customer.createdAt
        : happening.at;
  return !isWithin(times, happening.at) && !isWithin(times, about);
}

function silencesOf(shop: Shop, platform: ShopPlatform): readonly ShopIncident[] {
  return shop.incidents.filter((incident) => incident.kind === 'silent-platform' && incident.platform === platform);
}

interface Times {
  readonly begin: number;
  readonly end: number;
}

function timesOf({ from, to }: ShopIncident): Times {
  return { begin: beginningOf(from), end: beginningOf(to) + DAY };
}

function isWithin(times: readonly Times[], at: number): boolean {
  return times.some(({ begin, end }) => at >= begin && at < end);
}
