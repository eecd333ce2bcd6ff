/**
 * The names in a finding, and what a language model sees of them. A shop's text is never sent: the model writes a placeholder,
 * which is filled when its text has been checked. So no name can steer it.
 */
import type { InsightDimension } from '../evidence.js';
import { countryName, driverName, isPlatform, platformName } from '../words/names.js';
import { plainName } from '../words/plain-name.js';
import type { FoundInsight } from './narrator.js';

/** A name of a finding. */
export interface ShownName {
  /** What the model writes: `{{name1}}`. */
  readonly placeholder: string;
  readonly what: InsightDimension | 'holiday' | 'target';
  /** Where it is a driver: its place among them. */
  readonly driver?: number;
  /** What it is filled with, in a language. */
  text(language: string): string;
  /** What the model may see of it: undefined for a shop's own text. */
  known(language: string): string | undefined;
}

/** The channels that web analytics makes by itself: constants, and no text of a shop. */
const CHANNELS: ReadonlySet<string> = new Set([
  'Affiliates',
  'Audio',
  'Cross-network',
  'Direct',
  'Display',
  'Email',
  'Mobile Push Notifications',
  'Organic Search',
  'Organic Shopping',
  'Organic Social',
  'Organic Video',
  'Paid Other',
  'Paid Search',
  'Paid Shopping',
  'Paid Social',
  'Paid Video',
  'Referral',
  'SMS',
  'Unassigned',
]);

/** In the order of the evidence: its drivers, its holiday, its target, its source. */
export function namesOf({ evidence }: FoundInsight): readonly ShownName[] {
  const { drivers = [], holiday, target, source } = evidence;
  const names: Omit<ShownName, 'placeholder'>[] = drivers.map((driver, place) => {
    const { dimension, key } = driver;
    const isOurs = isConstant(dimension, key);
    return {
      what: dimension,
      driver: place,
      text: (language) => (isOurs ? driverName(driver, language) : quoted(driverName(driver, language), language)),
      known: (language) => (isOurs ? driverName(driver, language) : undefined),
    };
  });
  // Days of a calendar are the host's; a name of another kind is not shown.
  if (holiday) {
    const name = plainName(holiday.name);
    names.push({ what: 'holiday', text: () => name, known: () => (isHarmless(name) ? name : undefined) });
  }
  if (target?.name !== undefined) {
    const name = plainName(target.name);
    names.push({ what: 'target', text: (language) => quoted(name, language), known: () => undefined });
  }
  if (source) {
    const name = platformName(source.platform);
    const isOurs = isConstant('platform', source.platform);
    names.push({ what: 'platform', text: () => name, known: () => (isOurs ? name : undefined) });
  }
  return names.map((name, index) => ({ ...name, placeholder: `{{name${index + 1}}}` }));
}

function isConstant(dimension: InsightDimension, key: string): boolean {
  if (dimension === 'channel') return CHANNELS.has(key);
  if (dimension === 'country') return /^[A-Z]{2}$/.test(key) && countryName(key, 'en') !== key;
  return dimension === 'platform' && isPlatform(key);
}

/** Words with a capital each, and small ones between them. */
const isHarmless = (name: string) =>
  name.length <= 40 &&
  /^\p{Lu}[\p{L}'’.-]*(?: (?:\p{Lu}[\p{L}'’.-]*|of|the|and|der|die|das|des|und|de|von))*$/u.test(name);

/** A shop's text is marked as such: a product may be called "doubled". */
const quoted = (name: string, language: string) => (language === 'de' ? `„${name}“` : `“${name}”`);
