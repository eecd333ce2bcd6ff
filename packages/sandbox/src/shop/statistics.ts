/** Visitors and advertising: what web analytics and the ads platform count, day by day. */
import { busyness, DAY, dayOf } from './calendar.js';
import { FACTORS, OVERSPENT_CAMPAIGN, visitsFactors } from './incidents.js';
import type { ShopPlan } from './plan-day.js';
import { random } from './random.js';
import { CHANNELS, COUNTRIES, type ShopCampaignDay, type ShopDays, type ShopOrder, type ShopTraffic } from './shop.js';
import type { MovedVisits, ShopState } from './shop-state.js';

/** Visits for each order, on a usual day. */
const SESSIONS_PER_ORDER = 38;

/** What a late purchase is worth, in minor units. */
const LATE_VALUE = 4_900;

/** Sums the paid orders of each day, channel and country, and draws the visits around them. */
export function trafficOf(
  plan: ShopPlan,
  { placedOrders, movedVisits }: Pick<ShopState, 'placedOrders' | 'movedVisits'>,
  now: number,
  wanted: ShopDays = ALL_DAYS,
): ShopTraffic[] {
  const sums = new Map<string, { orders: number; revenue: number }>();
  for (const order of placedOrders) {
    const day = dayOf(order.createdAt);
    if (!isPaid(order) || day < wanted.from || day > wanted.to) continue;
    const key = `${day}/${order.channel}/${order.country}`;
    const { orders, revenue } = sums.get(key) ?? { orders: 0, revenue: 0 };
    sums.set(key, { orders: orders + 1, revenue: revenue + order.placedTotal });
  }
  const rows = days(plan, now, wanted).flatMap(({ day, number, start, share }) => {
    const factorOf = visitsFactors(plan.incidents, number);
    const isUntracked = plan.incidents.on(number).some(({ cause }) => cause === 'visits-untracked');
    return CHANNELS.flatMap((channel) =>
      COUNTRIES.map((country): ShopTraffic => {
        const sold = isUntracked ? undefined : sums.get(`${day}/${channel}/${country}`);
        const { orders = 0, revenue = 0 } = sold ?? {};
        const draw = random(plan.seed, 'traffic', day, channel, country);
        const cells = CHANNELS.length * COUNTRIES.length;
        const factor = factorOf(channel) * (isUntracked ? FACTORS.untrackedSessions : 1);
        const usual = (plan.ordersPerDay * SESSIONS_PER_ORDER * busyness(start, number) * factor) / cells;
        const sessions = Math.max(orders, Math.round(usual * (0.7 + 0.6 * draw()) * share));
        const users = Math.min(sessions, Math.max(orders, Math.round(sessions * (0.75 + 0.2 * draw()))));
        return { day, channel, country, sessions, users, keyEvents: orders, revenue };
      }),
    );
  });
  return move(rows, movedVisits).filter(({ sessions }) => sessions > 0);
}

/** Each move takes all that a day and a country have in one channel to another one. */
function move(rows: readonly ShopTraffic[], moves: readonly MovedVisits[]): readonly ShopTraffic[] {
  const key = ({ day, channel, country }: Pick<ShopTraffic, 'day' | 'channel' | 'country'>) =>
    `${day}/${channel}/${country}`;
  const byKey = new Map(rows.map((row) => [key(row), row]));
  for (const { from, to, ...place } of moves) {
    const source = byKey.get(key({ ...place, channel: from }));
    const target = byKey.get(key({ ...place, channel: to }));
    if (!source || !target) continue;
    byKey.set(key(source), { ...source, sessions: 0, users: 0, keyEvents: 0, revenue: 0 });
    byKey.set(key(target), {
      ...target,
      sessions: target.sessions + source.sessions,
      users: target.users + source.users,
      keyEvents: target.keyEvents + source.keyEvents,
      revenue: target.revenue + source.revenue,
    });
  }
  return [...byKey.values()];
}

/** Draws what each campaign spent and brought. */
export function campaignDaysOf(
  plan: ShopPlan,
  { campaigns, lateConversions }: Pick<ShopState, 'campaigns' | 'lateConversions'>,
  now: number,
  wanted: ShopDays = ALL_DAYS,
): ShopCampaignDay[] {
  return days(plan, now, wanted).flatMap(({ day, number, start, share }) => {
    const causes = plan.incidents.on(number).map(({ cause }) => cause);
    return campaigns
      .filter(({ createdAt }) => dayOf(createdAt) <= day)
      .map(({ id, objective }): ShopCampaignDay => {
        const draw = random(plan.seed, 'ads', day, id);
        const factor = id === OVERSPENT_CAMPAIGN && causes.includes('ads-overspent') ? FACTORS.overspent : 1;
        const spend = Math.round(
          plan.ordersPerDay * 90 * busyness(start, number) * factor * (0.8 + 0.4 * draw()) * share,
        );
        const impressions = Math.round(spend * (0.9 + 0.4 * draw()));
        const clicks = Math.round(impressions * (0.01 + 0.01 * draw()));
        const sales = objective === 'OUTCOME_SALES' && !causes.includes('checkout-broken') ? 0.05 : 0.01;
        const bought = Math.round((clicks * sales * (0.7 + 0.6 * draw())) / Math.sqrt(factor));
        const timely = causes.includes('purchases-untracked') ? 0 : bought;
        const late = lateConversions.get(`${id}/${day}`) ?? 0;
        const conversionValue = timely * draw.between(3_000, 9_000) + late * LATE_VALUE;
        return { day, campaignId: id, spend, impressions, clicks, conversions: timely + late, conversionValue };
      });
  });
}

const ALL_DAYS: ShopDays = { from: '0000-01-01', to: '9999-12-31' };

/** Each of the days since the shop opened, and how much of it has gone by. */
function days({ openedAt }: ShopPlan, now: number, { from, to }: ShopDays) {
  const count = Math.floor((now - openedAt) / DAY) + 1;
  return Array.from({ length: count }, (_, number) => {
    const start = openedAt + number * DAY;
    return { number, start, day: dayOf(start), share: Math.min(1, (now - start) / DAY) };
  }).filter(({ day }) => day >= from && day <= to);
}

function isPaid({ payment }: ShopOrder): boolean {
  return payment !== 'pending' && payment !== 'void';
}
