/** Insights: asked for directly, or as a report that is made in the background. */
import { z } from 'zod';
import type { SandboxResponse, SandboxWorld } from '../platform.js';
import type { ShopCampaignDay } from '../shop/shop.js';
import { graphFailure, graphPage, pickFields } from './graph.js';

/** Rows on a page, however many are asked for. */
const BOUND = 60;

/** Days that can be asked for directly: beyond it Facebook says that it is too much. */
const MAX_DIRECT_DAYS = 93;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const range = z.object({ since: day, until: day });

/** Looks at a report before it is made. */
const LOOKS = 1;

/** Reports that are not forgotten. */
const KEPT_REPORTS = 100;

interface Report {
  /** As things stood when it was made. */
  readonly rows: readonly ShopCampaignDay[];
  readonly parameters: URLSearchParams;
  looks: number;
}

export function createInsights({ shop, now }: SandboxWorld) {
  const reports = new Map<string, Report>();
  let ordered = 0;

  const show = (parameters: URLSearchParams) => (row: ShopCampaignDay) => {
    const { name, objective } = shop.campaigns.find(({ id }) => id === row.campaignId) ?? {};
    const purchases = (value: string) => [
      { action_type: 'link_click', value: String(row.clicks) },
      ...['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'].map((type) => ({
        action_type: type,
        value,
      })),
    ];
    return {
      ...pickFields(
        {
          campaign_id: String(row.campaignId),
          campaign_name: name,
          objective,
          account_currency: shop.currency,
          spend: (row.spend / 100).toFixed(2),
          impressions: String(row.impressions),
          clicks: String(row.clicks),
          // What is nothing is left out.
          actions: row.conversions > 0 ? purchases(String(row.conversions)) : undefined,
          action_values: row.conversions > 0 ? purchases((row.conversionValue / 100).toFixed(2)).slice(1) : undefined,
        },
        parameters.get('fields'),
      ),
      date_start: row.day,
      date_stop: row.day,
    };
  };

  /** The rows that parameters ask for, or what is wrong with them. */
  function find(parameters: URLSearchParams): { rows: ShopCampaignDay[]; days: number } | SandboxResponse {
    const { data } = range.safeParse(parse(parameters.get('time_range')));
    if (!data || data.since > data.until) return graphFailure(400, 100, '(#100) Invalid time_range');
    if (parameters.get('level') !== 'campaign' || parameters.get('time_increment') !== '1') {
      return graphFailure(400, 100, '(#100) The sandbox knows level=campaign and time_increment=1');
    }
    const oldest = new Date(now());
    oldest.setUTCMonth(oldest.getUTCMonth() - 37);
    if (Date.parse(data.since) < oldest.getTime() - 86_400_000) {
      const message = '(#3018) The start date of the time range cannot be beyond 37 months from the current date';
      return graphFailure(400, 3_018, message, 1_504_018);
    }
    const rows = [...shop.campaignDays({ from: data.since, to: data.until })];
    return { rows, days: (Date.parse(data.until) - Date.parse(data.since)) / 86_400_000 + 1 };
  }

  return {
    list(parameters: URLSearchParams): SandboxResponse {
      const found = find(parameters);
      if (!('rows' in found)) return found;
      if (found.days > MAX_DIRECT_DAYS) {
        const message = 'Your request timed out. Please try a smaller date range, fetch less data, or use async jobs';
        return graphFailure(400, 100, message, 1_504_018);
      }
      return graphPage(found.rows, parameters, BOUND, show(parameters));
    },
    order(parameters: URLSearchParams): SandboxResponse {
      const found = find(parameters);
      if (!('rows' in found)) return found;
      // Not one that an earlier run of the sandbox has given.
      const id = `607${Math.floor(now() / 1_000)}${String(ordered++).padStart(4, '0')}`;
      reports.set(id, { rows: found.rows, parameters, looks: 0 });
      const [oldest = ''] = reports.keys();
      if (reports.size > KEPT_REPORTS) reports.delete(oldest);
      return { body: { report_run_id: id } };
    },
    /** A report's state, or its rows. Undefined for what is no report. */
    report(id: string, edge: string | undefined, parameters: URLSearchParams): SandboxResponse | undefined {
      const report = reports.get(id);
      if (!report) return undefined;
      if (edge === undefined) {
        const isDone = report.looks++ >= LOOKS;
        const status = isDone ? 'Job Completed' : 'Job Running';
        return { body: { id, async_status: status, async_percent_completion: isDone ? 100 : 40 } };
      }
      if (edge !== 'insights') return undefined;
      if (report.looks <= LOOKS) return graphFailure(400, 2_601, '(#2601) Job is not completed yet', 1_487_742);
      return graphPage(report.rows, parameters, BOUND, show(report.parameters));
    },
  };
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
