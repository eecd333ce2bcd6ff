/** What campaigns and rows of insights become ("Campaign", "Ads Insights"). */
import { z } from 'zod';
import { amount, count } from '../records/decimal.js';
import { moneyOf } from '../records/money.js';
import type { CampaignDayRecord, CampaignRecord } from '../records/record.js';
import type { RecordReader } from '../records/sort-records.js';

export const CAMPAIGN_FIELDS = 'id,name,status,objective,created_time,updated_time';
export const INSIGHT_FIELDS = 'campaign_id,date_start,account_currency,spend,impressions,clicks,actions,action_values';

/** Ids are "numeric strings", which webhooks and some versions send as numbers; a long one comes as its digits all the same. */
export const graphId = z.union([z.string().min(1), z.number().int().transform(String)]);

/** `2026-11-24T10:00:00+0000`: not quite ISO 8601. */
export const graphTime = z
  .string()
  .transform((text) => Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')))
  .refine((time) => !Number.isNaN(time), 'expected a time');

const STATUS = { ACTIVE: 'active', PAUSED: 'paused', DELETED: 'deleted', ARCHIVED: 'archived' } as const;

const campaign = z.object({
  id: graphId,
  name: z.string(),
  status: z.enum(['ACTIVE', 'PAUSED', 'DELETED', 'ARCHIVED']),
  objective: z.string().optional(),
  updated_time: graphTime,
});
type Campaign = z.output<typeof campaign>;

export const campaignReader: RecordReader<Campaign> = {
  kind: 'campaign',
  schema: campaign,
  toRecord: (raw): CampaignRecord => ({
    kind: 'campaign',
    id: raw.id,
    updatedAt: raw.updated_time,
    name: raw.name,
    status: STATUS[raw.status],
    ...(raw.objective ? { objective: raw.objective } : {}),
  }),
};

const day = z.iso.date();
const action = z.object({ action_type: z.string(), value: z.union([z.string(), z.number().transform(String)]) });

const insight = z.object({
  campaign_id: graphId,
  date_start: day,
  account_currency: z.string(),
  // Numbers come as text; a metric that is nothing is left out.
  spend: amount.default('0'),
  impressions: count.default(0),
  clicks: count.default(0),
  actions: z.array(action).default([]),
  action_values: z.array(action).default([]),
});
type Insight = z.output<typeof insight>;

/** "Ads Action Stats": purchases on all channels, or where they are not added up, those that are reported. The first counts. */
const PURCHASES = ['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'] as const;

function purchases(actions: Insight['actions']): string | undefined {
  for (const type of PURCHASES) {
    const found = actions.find(({ action_type: one }) => one === type);
    if (found) return found.value;
  }
  return undefined;
}

const identity = z.object({ campaign_id: graphId, date_start: day });

/** Of which campaign and day a row is, also where its numbers do not fit. */
export function insightPlace(raw: unknown): { readonly campaignId: string; readonly day: string } | undefined {
  const { data } = identity.safeParse(raw);
  return data && { campaignId: data.campaign_id, day: data.date_start };
}

/** @param asOf the moment that the row stands for, epoch ms: it does not say when it was counted */
export function insightReader(asOf: number): RecordReader<Insight> {
  return {
    kind: 'campaign-day',
    schema: insight,
    idOf(raw) {
      const place = insightPlace(raw);
      return place && `${place.campaignId}/${place.day}`;
    },
    toRecord(raw): CampaignDayRecord {
      const value = purchases(raw.action_values);
      const conversions = count.safeParse(purchases(raw.actions) ?? 0);
      if (!conversions.success) throw new TypeError('actions: expected a number of purchases');
      return {
        kind: 'campaign-day',
        id: `${raw.campaign_id}/${raw.date_start}`,
        updatedAt: asOf,
        day: raw.date_start,
        campaignId: raw.campaign_id,
        spend: moneyOf(raw.spend, raw.account_currency),
        impressions: raw.impressions,
        clicks: raw.clicks,
        conversions: conversions.data,
        ...(value === undefined ? {} : { conversionValue: moneyOf(value, raw.account_currency) }),
      };
    },
  };
}
