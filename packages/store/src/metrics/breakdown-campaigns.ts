/** What each campaign has cost and brought, as its ad platform says. */
import { sql } from 'drizzle-orm';
import { records } from '../database/schema.js';
import { type BreakdownSource, type Part, readDays, shareOut } from './breakdown-source.js';
import { NO_FIGURES, type Ratios, ratiosOf } from './metric-figures.js';
import { metricRecords } from './metric-records.js';

/** The figures of one campaign. */
export interface CampaignRow extends Pick<Ratios, 'returnOnAdSpend'> {
  /** The platform's id of the campaign. */
  readonly key: string;
  /** Whose campaign it is. */
  readonly integrationId: string;
  /** Its name. Undefined where no read has brought it yet. */
  readonly label: string | undefined;
  /** What was spent. Minor units. */
  readonly adSpend: number;
  /** What the platform says that its conversions were worth. Minor units. */
  readonly adRevenue: number;
  readonly impressions: number;
  readonly clicks: number;
  /** Purchases, as the platform counts them: also parts of one. */
  readonly conversions: number;
  /** ISO 4217 */
  readonly currency: string;
  /** Some money is not in the figures: there was no rate for its currency. */
  readonly isPartial: boolean;
}

/** Days of one campaign, in one currency. `numeric` and `bigint` come as text. */
interface Spent extends Record<string, unknown> {
  readonly integration_id: string;
  readonly campaign_id: string;
  readonly currency: string | null;
  readonly day: string;
  readonly name: string | null;
  readonly spend: string;
  readonly value: string;
  readonly impressions: string;
  readonly clicks: string;
  readonly conversions: string;
}

/** What is rounded for each day, so that the rows add up to the metrics. */
const SHARED = ['adSpend', 'adRevenue', 'impressions', 'clicks'] as const;

export async function campaignRows(source: BreakdownSource): Promise<CampaignRow[]> {
  const rows = new Map<string, { -readonly [Field in keyof CampaignRow]: CampaignRow[Field] }>();
  const parts: Part[] = [];
  for (const spent of await adsRun(source)) {
    const { integration_id: integrationId, campaign_id: key, currency, day } = spent;
    const id = JSON.stringify([integrationId, key]);
    const row = rows.get(id) ?? {
      key,
      integrationId,
      label: spent.name ?? undefined,
      adSpend: 0,
      adRevenue: 0,
      impressions: 0,
      clicks: 0,
      conversions: 0,
      returnOnAdSpend: undefined,
      currency: source.currency,
      isPartial: false,
    };
    rows.set(id, row);
    row.conversions += Number(spent.conversions);
    const part = (figure: (typeof SHARED)[number], amount: string, of?: string | null): Part => ({
      figure,
      amount: Number(amount),
      currency: of,
      day,
      add(share) {
        if (share === undefined) row.isPartial = true;
        else row[figure] += share;
      },
    });
    parts.push(
      part('adSpend', spent.spend, currency),
      part('adRevenue', spent.value, currency),
      part('impressions', spent.impressions),
      part('clicks', spent.clicks),
    );
  }
  await shareOut(parts, source);
  return [...rows.values()].map((row) => ({
    ...row,
    returnOnAdSpend: ratiosOf({ ...NO_FIGURES, ...row }).returnOnAdSpend,
  }));
}

async function adsRun(source: BreakdownSource): Promise<Spent[]> {
  return await readDays(
    source,
    async (transaction, selection) => {
      const { rows } = await transaction.execute<Spent>(sql`
    WITH ${metricRecords(selection)},
    spent AS (
      SELECT integration_id, data->>'campaignId' AS campaign_id, currency,
        day::text, coalesce(sum(amount), 0) AS spend,
        coalesce(sum(value), 0) AS value,
        coalesce(sum(impressions), 0) AS impressions,
        coalesce(sum(clicks), 0) AS clicks,
        coalesce(sum((data->>'conversions')::numeric), 0) AS conversions
      FROM dated WHERE kind = 'campaign-day' GROUP BY 1, 2, 3, 4
    )
    SELECT spent.*, (
      SELECT data->>'name' FROM ${records} AS campaign WHERE campaign.integration_id = spent.integration_id
        AND campaign.kind = 'campaign' AND campaign.id = spent.campaign_id
    ) AS name
    FROM spent
    ORDER BY 1, 2, 3, 4`);
      return rows;
    },
    () => 1,
  );
}
