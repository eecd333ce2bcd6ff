/**
 * One name for what brings orders and visits: Google Analytics' default channel groups, so that the orders of a shop and
 * the visits of its site can be broken down by the same names, and some more for sales that no visit has brought.
 *
 * @see https://support.google.com/analytics/answer/9756891
 */

/** Google Analytics' own names: what its reports call a channel. */
const GROUPS = [
  'Direct',
  'Cross-network',
  'Paid Shopping',
  'Paid Search',
  'Paid Social',
  'Paid Video',
  'Display',
  'Paid Other',
  'Organic Shopping',
  'Organic Social',
  'Organic Video',
  'Organic Search',
  'AI Assistant',
  'Referral',
  'Email',
  'Affiliates',
  'Audio',
  'SMS',
  'Mobile Push Notifications',
  'Unassigned',
] as const;

/** Where nobody visited the online shop. `Other`: another app, a marketplace. */
const PLACES = ['Point of sale', 'Draft order', 'Admin', 'Mobile app', 'Other'] as const;

/** What brought an order or a visit. */
export type Channel = (typeof GROUPS)[number] | (typeof PLACES)[number];

/** Every name that `channelOf` gives. */
export const CHANNELS: readonly Channel[] = [...GROUPS, ...PLACES];

/** What a platform says about where an order or a visit has come from. Upper and lower case mean the same. */
export interface Attribution {
  /** Of the link that was followed (`utm_source`), or a site's name or address: `google`, `m.facebook.com`, `(direct)`. */
  readonly source?: string | null | undefined;
  /** Of the link that was followed (`utm_medium`): `cpc`, `email`, `organic`, `referral`. */
  readonly medium?: string | null | undefined;
  /** Of the link that was followed (`utm_campaign`). */
  readonly campaign?: string | null | undefined;
  /** The page with the link: an address. */
  readonly referrer?: string | null | undefined;
  /**
   * The platform's own word for it. Where the order was placed (Shopify's `sourceName`: `pos`, `shopify_draft_order`; the
   * `source_type` of WooCommerce's order attribution: `admin`, `mobile_app`), or how its buyer was won (`organic`,
   * `typein`; Shopify's `MarketingTactic`: `AD`, `NEWSLETTER`). A number is the id of an app.
   */
  readonly kind?: string | null | undefined;
}

/** Where an order was placed that no visit of the online shop has brought, in the platforms' words. */
const PLACED: Readonly<Record<string, Channel>> = {
  pos: 'Point of sale',
  shopify_draft_order: 'Draft order',
  draft: 'Draft order',
  draft_order: 'Draft order',
  admin: 'Admin',
  android: 'Mobile app',
  iphone: 'Mobile app',
  ipad: 'Mobile app',
  mobile_app: 'Mobile app',
  storefront_app: 'Mobile app',
};

/** What the platforms' words for how a buyer was won mean as a medium, where there is none. */
const MEDIUMS: Readonly<Record<string, string>> = {
  // WooCommerce's `source_type`.
  organic: 'organic',
  referral: 'referral',
  typein: '(none)',
  // Shopify's `MarketingTactic`. What it does not tell (a link, a message, a post) the source does.
  abandoned_cart: 'email',
  ad: 'paid',
  affiliate: 'affiliate',
  newsletter: 'email',
  notification: 'push',
  retargeting: 'retargeting',
  seo: 'organic',
  transactional: 'email',
};

/** "(not set)" is what Google Analytics calls a value that is not there. */
const ABSENT = ['', '(not set)', '(none)', 'unknown', 'undefined', 'null'];

/** The sites of each category, by their names: some of those that Google lists in "GA4 Source Categories". */
const SITES = {
  shopping: sites(
    'aliexpress|alibaba|amazon|bol|cdiscount|ebay|etsy|facebook marketplace|google shopping|idealo|igshopping|mercadolibre|mercadolivre|rakuten|shopping|shopzilla|taobao|temu|walmart|zalando|shop\\.app',
  ),
  social: sites(
    'bsky|discord|facebook|fb|flickr|instagram|ig|line\\.me|linkedin|lnkd\\.in|mastodon|messenger|meetup|nextdoor|ok\\.ru|pin\\.it|pinterest|plurk|quora|reddit|redd\\.it|skype|snapchat|t\\.co|telegram|t\\.me|threads|tiktok|tumblr|twitter|viber|vk|vkontakte|wa\\.me|wechat|weibo|whatsapp|x\\.com|xing|yammer',
  ),
  video: sites('crunchyroll|dailymotion|disneyplus|hulu|iqiyi|netflix|twitch|vimeo|youku|youtube|youtu\\.be'),
  // Without the other services of the same houses: mail.google.com is no search.
  search:
    /^(?:(?:www|m|search|lite|r\.search|[a-z]{2})\.)*(?:360\.cn|alice|aol|ask|avg|babylon|baidu|bing|brave|centrum\.cz|cnn|conduit|daum|duckduckgo|ecosia|ekolay|eniro|globo|google|kagi|kvasir|lycos|mamma|msn|mynet|najdi|naver|onet|presearch|qwant|rambler|rediff|seznam|so|sogou|startpage|startsiden|terra|tut\.by|ukr|virgilio|yahoo|yandex|ya)(?:\.[a-z]{2,3}){0,2}$|^(?:com\.google\.android\.googlequicksearchbox|google-play|googlequicksearchbox)$/,
  assistant: sites(
    'chatgpt|openai|claude|perplexity|gemini\\.google|copilot\\.microsoft|copilot|deepseek|grok|mistral',
  ),
} as const;

/** The names alone (`facebook`), and hosts of them (`l.facebook.com`, `amazon.co.uk`). */
function sites(names: string): RegExp {
  return new RegExp(`^(?:[\\w-]+\\.)*(?:${names})(?:\\.[a-z]{2,3}){0,2}$`);
}

// Google's `^(.*cp.*|ppc|retargeting|paid.*)$` and `^(.*(([^a-df-z]|^)shop|shopping).*)$`, without the `.*`: they are anybody's
// text, of any length, and a search takes no square of its time.
const PAID = /cp|^(?:ppc|retargeting)$|^paid/;
const SHOPPING_CAMPAIGN = /(?:[^a-df-z]|^)shop|shopping/;
const EMAIL = /^(?:email|e-mail|e_mail|e mail)$/;

/** What the rules are about: in lower case, empty where it is absent. */
interface Visit {
  readonly source: string;
  readonly medium: string;
  readonly campaign: string;
}

/** "Channels for manual traffic", in Google's order: the first that fits counts. */
const RULES: readonly (readonly [Channel, (visit: Visit) => boolean])[] = [
  ['Cross-network', ({ campaign }) => campaign.includes('cross-network')],
  ['Paid Shopping', ({ source, medium, campaign }) => isShopping(source, campaign) && PAID.test(medium)],
  ['Paid Search', ({ source, medium }) => SITES.search.test(source) && PAID.test(medium)],
  ['Paid Social', ({ source, medium }) => SITES.social.test(source) && PAID.test(medium)],
  ['Paid Video', ({ source, medium }) => SITES.video.test(source) && PAID.test(medium)],
  ['Display', ({ medium }) => /^(?:display|banner|expandable|interstitial|cpm)$/.test(medium)],
  ['Paid Other', ({ medium }) => PAID.test(medium)],
  ['AI Assistant', ({ source, medium }) => medium === 'ai-assistant' || SITES.assistant.test(source)],
  ['Organic Shopping', ({ source, campaign }) => isShopping(source, campaign)],
  [
    'Organic Social',
    ({ source, medium }) =>
      SITES.social.test(source) ||
      /^(?:social|social-network|social-media|sm|social network|social media)$/.test(medium),
  ],
  ['Organic Video', ({ source, medium }) => SITES.video.test(source) || /video/.test(medium)],
  ['Organic Search', ({ source, medium }) => SITES.search.test(source) || medium === 'organic'],
  ['Referral', ({ medium }) => /^(?:referral|app|link)$/.test(medium)],
  ['Email', ({ source, medium }) => EMAIL.test(source) || EMAIL.test(medium)],
  ['Affiliates', ({ medium }) => /^affiliates?$/.test(medium)],
  ['Audio', ({ medium }) => medium === 'audio'],
  ['SMS', ({ source, medium }) => source === 'sms' || medium === 'sms'],
  [
    'Mobile Push Notifications',
    ({ source, medium }) => /push$|mobile|notification/.test(medium) || source === 'firebase',
  ],
];

function isShopping(source: string, campaign: string): boolean {
  return SITES.shopping.test(source) || SHOPPING_CAMPAIGN.test(campaign);
}

/**
 * The channel of an order or a visit, by what the platform says about it; undefined where that says nothing.
 *
 * Where an order was placed outside the online shop decides alone. Then the source and the medium count, by Google's
 * rules; then the page with the link. What has a source or a medium that no rule knows is `Unassigned`, as Google has it.
 *
 * @example
 * ```ts
 * channelOf({ source: 'google', medium: 'cpc' }); // 'Paid Search'
 * channelOf({ referrer: 'https://l.facebook.com/' }); // 'Organic Social'
 * channelOf({ kind: 'pos' }); // 'Point of sale'
 * channelOf({ kind: 'typein', source: '(direct)' }); // 'Direct'
 * ```
 */
export function channelOf(attribution: Attribution): Channel | undefined {
  const kind = wordOf(attribution.kind);
  const placed = lookUp(PLACED, kind);
  if (placed) return placed;
  const source = hostOf(wordOf(attribution.source));
  const medium = wordOf(attribution.medium) || (lookUp(MEDIUMS, kind) ?? '');
  const campaign = wordOf(attribution.campaign);
  const isDirect = /^\(?direct\)?$/.test(source);
  if (isDirect && isAbsent(medium)) return 'Direct';
  const visit = {
    source: isAbsent(source) || isDirect ? '' : source,
    medium: isAbsent(medium) ? '' : medium,
    campaign,
  };
  const found = ruleFor(visit);
  if (found) return found;
  const referrer = hostOf(wordOf(attribution.referrer));
  if (visit.medium === '' && !isAbsent(referrer))
    return ruleFor({ source: referrer, medium: 'referral', campaign: '' });
  if (visit.source !== '' || visit.medium !== '') return isHost(visit) ? 'Referral' : 'Unassigned';
  if (kind === 'typein') return 'Direct';
  return /^\d+$/.test(kind) ? 'Other' : undefined;
}

/** A site that is named by its address and nothing else has a link to the shop. */
function isHost({ source, medium }: Visit): boolean {
  return medium === '' && /^[\w-]+(?:\.[\w-]+)+$/.test(source);
}

function ruleFor(visit: Visit): Channel | undefined {
  return RULES.find(([, fits]) => fits(visit))?.[0];
}

function lookUp<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

function wordOf(text: string | null | undefined): string {
  return text?.trim().toLowerCase() ?? '';
}

function isAbsent(word: string): boolean {
  return ABSENT.includes(word);
}

/** The host of an address (`https://www.google.de/`, `android-app://com.google.android.gm`); another word as it is. */
function hostOf(word: string): string {
  const [, host = word] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#:]+)/.exec(word) ?? [];
  return host.replace(/^www\./, '');
}
