/** Where an order goes, and what has brought it. */
import { z } from 'zod';
import { type Channel, channelOf } from '../records/channel.js';

/** `CountryCode`. `ZZ` is Shopify's word for a region that is not known. */
export const countryCode = z.string().nullish().transform(codeOf);

function codeOf(text: string | null | undefined): string | undefined {
  const code = text?.toUpperCase() ?? '';
  return /^[A-Z]{2}$/.test(code) && code !== 'ZZ' ? code : undefined;
}

/** `CustomerVisit`, as far as it tells where the customer has come from. */
export const customerVisit = z.object({
  source: z.string().nullish(),
  sourceType: z.string().nullish(),
  referrerUrl: z.string().nullish(),
  utmParameters: z
    .object({ source: z.string().nullish(), medium: z.string().nullish(), campaign: z.string().nullish() })
    .nullish(),
});

/** The ids of Shopify's own apps, which stand as the source of some orders. */
const APPS: ReadonlyMap<string, string> = new Map([
  ['129785', 'pos'],
  ['1354745', 'shopify_draft_order'],
  ['580111', 'web'],
]);

const nameOf = (source: string): string => APPS.get(source) ?? source.toLowerCase();

/** The channel of an order whose source alone tells it: at the till, a draft. Undefined for the others. */
export function placeOf(source: string | null | undefined): Channel | undefined {
  const channel = channelOf({ kind: nameOf(source ?? '') });
  return channel === 'Other' ? undefined : channel;
}

/**
 * The channel of an order, by its source, and by the last visit before it. Undefined where an order of the online shop has
 * no visit: Shopify knows none of a customer who did not allow it, and puts visits to an order some time later.
 */
export function orderChannel(
  source: string | null | undefined,
  visit: z.output<typeof customerVisit> | null | undefined,
): Channel | undefined {
  const { utmParameters: link } = visit ?? {};
  const channel =
    placeOf(source) ??
    channelOf({
      source: link?.source || visit?.source,
      medium: link?.medium,
      campaign: link?.campaign,
      referrer: visit?.referrerUrl,
      kind: visit?.sourceType,
    });
  if (channel || !source) return channel;
  return nameOf(source) === 'web' ? undefined : 'Other';
}
