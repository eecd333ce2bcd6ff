/** Which incidents a shop has, drawn from the seed alone, and what each does. */
import { DAY, dayOf } from './calendar.js';
import { CAMPAIGNS, GOODS, LOOKS, PRICES } from './names.js';
import { type Random, random } from './random.js';
import { CHANNELS, type Channel, type ShopIncident, type ShopPlatform } from './shop.js';

/** Every 25 days one begins; between the end of one and the next are at least nine days, but for level shifts, which stay. */
const ROUND = 25;

/** Each of seven rounds has one incident of each kind, in an order of its own, so that any year has all kinds. */
const CYCLE = [
  'checkout-broken',
  'viral-post',
  'product-hyped',
  'ads-overspent',
  'ranking',
  'silence',
  'tracking',
] as const;
type Entry = (typeof CYCLE)[number];

/** The last of the cycle can only be told from weeks before it: a shop's first cycle ends with them. */
const NEEDS_HISTORY: readonly Entry[] = ['ranking', 'silence', 'tracking'];

/** How much more is sold, and visited, against the same days without it. */
export const FACTORS = {
  checkoutBroken: 0.15,
  viralOrders: 2.5,
  viralSessions: 3,
  hype: 2.5,
  overspent: 10,
  ranking: 1.5,
  untrackedSessions: 0.1,
} as const;

/** Where the additional visitors and orders come from. */
export const VIRAL_CHANNEL: Channel = 'Referral';
export const RANKING_CHANNEL: Channel = 'Organic Search';

/** The campaign that spends too much: the shop's first. */
export const OVERSPENT_CAMPAIGN = 900_001;

/** What a purchase rate of 5 % of sales campaigns, and 1 % of others, makes of each campaign's part of the purchases. */
const ADS = (() => {
  const rates: number[] = CAMPAIGNS.map(([, objective]) => (objective === 'OUTCOME_SALES' ? 0.05 : 0.01));
  const all = rates.reduce((sum, rate) => sum + rate, 0);
  return { brokenRevenue: (0.01 * rates.length) / all, overspentPart: (rates[0] ?? 0) / all, count: rates.length };
})();

/** An incident with its days counted from the opening, which is day 0. */
export interface PlannedIncident extends ShopIncident {
  readonly first: number;
  readonly last: number;
  /** The title of the product that is hyped. */
  readonly title?: string;
}

export interface Incidents {
  /** Those that cover a day. */
  on(dayNumber: number): readonly PlannedIncident[];
  /** Those that begin on a day or before, in order. */
  until(dayNumber: number): readonly PlannedIncident[];
}

/** @param isWanted leaves out the others: what the shop would have been like without them */
export function createIncidents(
  seed: number,
  openedAt: number,
  isWanted: (incident: ShopIncident) => boolean,
): Incidents {
  const known: PlannedIncident[] = [];

  function until(dayNumber: number): readonly PlannedIncident[] {
    while (known.length * ROUND <= dayNumber) known.push(planIncident(seed, openedAt, known.length));
    return known.filter((incident) => incident.first <= dayNumber && isWanted(incident));
  }

  let latest: { dayNumber: number; found: readonly PlannedIncident[] } | undefined;
  return {
    until,
    on(dayNumber) {
      if (latest?.dayNumber !== dayNumber) {
        latest = { dayNumber, found: until(dayNumber).filter(({ last }) => last >= dayNumber) };
      }
      return latest.found;
    },
  };
}

function planIncident(seed: number, openedAt: number, round: number): PlannedIncident {
  const draw = random(seed, 'incident', round);
  const begin = round * ROUND;
  const entry = entryOf(seed, round);
  const isLong = entry === 'silence' || entry === 'tracking';
  const first = begin + (isLong ? draw.between(8, 14) : draw.between(8, ROUND - 4));
  const last =
    entry === 'ranking'
      ? firstShiftAfter(seed, round) - 1
      : first +
        (entry === 'silence' ? draw.between(2, 4) : entry === 'tracking' ? draw.between(4, 8) : draw.between(0, 2));
  const from = dayOf(openedAt + first * DAY);
  const incident = describe(entry, draw, Math.floor(round / CYCLE.length));
  return { ...incident, id: `${incident.cause}-${from}`, from, to: dayOf(openedAt + last * DAY), first, last };
}

function entryOf(seed: number, round: number): Entry {
  const cycle = Math.floor(round / CYCLE.length);
  const draw = random(seed, 'incident-order', cycle);
  const shuffled = CYCLE.map((entry) => ({ entry, place: draw() })).sort((a, b) => a.place - b.place);
  const entries = shuffled.map(({ entry }) => entry);
  const ordered =
    cycle > 0
      ? entries
      : [
          ...entries.filter((entry) => !NEEDS_HISTORY.includes(entry)),
          ...entries.filter((entry) => NEEDS_HISTORY.includes(entry)),
        ];
  return ordered[round % CYCLE.length] ?? CYCLE[0];
}

/** The day on which the next level shift begins. */
function firstShiftAfter(seed: number, round: number): number {
  let next = round + 1;
  while (entryOf(seed, next) !== 'ranking') next++;
  return next * ROUND + random(seed, 'incident', next).between(8, ROUND - 4);
}

type Described = Omit<PlannedIncident, 'id' | 'from' | 'to' | 'first' | 'last'>;

const PLATFORMS: readonly [ShopPlatform, ...ShopPlatform[]] = [
  'google-analytics',
  'facebook-ads',
  'shopify',
  'woocommerce',
  'stripe',
];

function describe(entry: Entry, draw: Random, cycle: number): Described {
  switch (entry) {
    case 'checkout-broken': {
      const sold = sales(FACTORS.checkoutBroken);
      const ads = { adRevenue: ADS.brokenRevenue, returnOnAdSpend: ADS.brokenRevenue };
      return { kind: 'drop', cause: entry, effects: { ...sold, conversionRate: FACTORS.checkoutBroken, ...ads } };
    }
    case 'viral-post': {
      const { viralOrders, viralSessions } = FACTORS;
      const visits = { sessions: viralSessions, conversionRate: viralOrders / viralSessions };
      const driver = { dimension: 'channel', value: VIRAL_CHANNEL } as const;
      return { kind: 'spike', cause: entry, driver, effects: { ...sales(viralOrders), ...visits } };
    }
    case 'product-hyped':
      return hype(draw);
    case 'ads-overspent': {
      const spent = 1 + (FACTORS.overspent - 1) / ADS.count;
      const earned = 1 + (Math.sqrt(FACTORS.overspent) - 1) * ADS.overspentPart;
      const effects = { adSpend: spent, impressions: spent, clicks: spent, adRevenue: earned };
      const driver = { dimension: 'campaign', value: String(OVERSPENT_CAMPAIGN) } as const;
      return { kind: 'spike', cause: entry, driver, effects: { ...effects, returnOnAdSpend: earned / spent } };
    }
    case 'ranking': {
      // Up and down in turn: the shop comes back to where it was.
      const isWon = cycle % 2 === 0;
      const factor = isWon ? FACTORS.ranking : 1 / FACTORS.ranking;
      const driver = { dimension: 'channel', value: RANKING_CHANNEL } as const;
      const effects = { ...sales(factor), sessions: factor };
      return { kind: 'level-shift', cause: isWon ? 'ranking-won' : 'ranking-lost', driver, effects };
    }
    case 'silence': {
      const platform = draw.pick(PLATFORMS);
      return { kind: 'silent-platform', cause: 'platform-silent', ...only(platform), effects: silence(platform) };
    }
    case 'tracking':
      return draw.chance(0.5) ? untrackedVisits() : untrackedPurchases();
  }
}

/** Figures that go with the number of orders. */
function sales(factor: number) {
  return { orders: factor, revenue: factor, newCustomers: factor };
}

function only(platform: ShopPlatform) {
  return { platform, driver: { dimension: 'platform', value: platform } } as const;
}

/** Everybody wants one vase: each additional order has it as its first item. */
function hype(draw: Random): Described {
  const good = GOODS.indexOf('Vase');
  const look = draw.between(0, LOOKS.length - 1);
  const mean = PRICES.reduce((sum, price) => sum + price, 0) / PRICES.length;
  /** Of two and a half items on average. */
  const firstItem = 0.4;
  const orders = FACTORS.hype;
  const value = 1 - firstItem + (firstItem * (PRICES[good] ?? mean)) / mean;
  const revenue = 1 + (orders - 1) * value;
  const effects = { orders, newCustomers: orders, sessions: orders, revenue, averageOrderValue: revenue / orders };
  return {
    kind: 'spike',
    cause: 'product-hyped',
    driver: { dimension: 'product', value: String(7_001 + good * LOOKS.length + look) },
    title: `${LOOKS[look]} ${GOODS[good]}`,
    effects,
  };
}

function silence(platform: ShopPlatform): ShopIncident['effects'] {
  if (platform === 'google-analytics') return { sessions: 0 };
  return platform === 'facebook-ads' ? { adSpend: 0, adRevenue: 0, impressions: 0, clicks: 0 } : sales(0);
}

/** The tag of web analytics is missing on most pages. */
function untrackedVisits(): Described {
  const sessions = FACTORS.untrackedSessions;
  const effects = { sessions, conversionRate: 1 / sessions };
  return { kind: 'broken-tracking', cause: 'visits-untracked', ...only('google-analytics'), effects };
}

/** The pixel tells the ads platform of no purchase. */
function untrackedPurchases(): Described {
  const effects = { adRevenue: 0, returnOnAdSpend: 0 };
  return { kind: 'broken-tracking', cause: 'purchases-untracked', ...only('facebook-ads'), effects };
}

/** How many times as busy level shifts make a day as it would be without any. */
export function levelOf(incidents: Incidents, dayNumber: number): number {
  const shifts = incidents.until(dayNumber).filter(({ kind }) => kind === 'level-shift');
  return shifts.reduce((level, { effects }) => level * (effects.sessions ?? 1), 1);
}

/** How many times as many visits each channel has as without incidents. */
export function visitsFactors(incidents: Incidents, dayNumber: number): (channel: Channel) => number {
  const level = levelOf(incidents, dayNumber);
  const causes = incidents.on(dayNumber).map(({ cause }) => cause);
  // One channel brings all that comes in addition.
  const more = (additional: number) => Math.max(0, 1 + additional * CHANNELS.length);
  const viral = causes.includes('viral-post') ? more(level * (FACTORS.viralSessions - 1)) : 1;
  const all = causes.includes('product-hyped') ? FACTORS.hype : 1;
  return (channel) => {
    const own = channel === VIRAL_CHANNEL ? viral : channel === RANKING_CHANNEL ? more(level - 1) : 1;
    return own * all;
  };
}
