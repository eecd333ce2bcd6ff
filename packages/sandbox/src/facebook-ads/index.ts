/** Facebook's view of the shop: one ad account of the Marketing API. */

import { createHmac } from 'node:crypto';
import type { FacebookAdsCredentials } from '@bizinsights/jobs-platforms/facebook-ads';
import type { OpenSandboxPlatform, SandboxRequest, SandboxResponse } from '../platform.js';
import { listCampaigns } from './campaigns.js';
import { graphFailure, graphTime, pickFields } from './graph.js';
import { createInsights } from './insights.js';
import { webhooksOf } from './webhooks.js';

const ACCOUNT = '102030405';
const TOKEN = 'EAAGsandboxAccessToken0000000000000000';
const APP_SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

export const facebookAdsSandbox: OpenSandboxPlatform<FacebookAdsCredentials> = (world) => {
  const { shop } = world;
  const insights = createInsights(world);
  let calls = 0;

  function answer(request: SandboxRequest): SandboxResponse {
    const refused = checkAccess(request);
    if (refused) return refused;
    const { headers, ...rest } = route(request);
    calls = Math.min(90, calls + 0.1);
    return { ...rest, headers: { ...usageOf(Math.floor(calls), 0), ...headers } };
  }

  function route({ method, url, body }: SandboxRequest): SandboxResponse {
    const [, version = '', node = '', edge, ...more] = url.pathname.split('/');
    const parameters = method === 'POST' ? new URLSearchParams(body) : url.searchParams;
    if (!/^v\d+\.\d+$/.test(version) || more.length > 0) return unknownPath(url.pathname);
    if (node !== `act_${ACCOUNT}`) {
      const report = method === 'GET' ? insights.report(node, edge, parameters) : undefined;
      return report ?? missing(node);
    }
    if (edge === 'insights') return method === 'POST' ? insights.order(parameters) : insights.list(parameters);
    if (method !== 'GET') return unknownPath(url.pathname);
    if (edge === 'campaigns') return listCampaigns(shop, parameters);
    return edge === undefined ? { body: accountFields(parameters) } : unknownPath(url.pathname);
  }

  function accountFields(parameters: URLSearchParams) {
    const all: Readonly<Record<string, string>> = {
      account_id: ACCOUNT,
      name: shop.name,
      currency: shop.currency,
      timezone_name: shop.zone,
      created_time: graphTime(shop.openedAt),
    };
    return { ...pickFields(all, parameters.get('fields')), id: `act_${ACCOUNT}` };
  }

  return {
    credentials: { accountId: `act_${ACCOUNT}`, accessToken: TOKEN, appSecret: APP_SECRET },
    answer,
    // What brings records, or says which account it is: not its zone, and not how far a report is.
    isPage: ({ method, url }) =>
      method === 'GET' &&
      (/\/(insights|campaigns)$/.test(url.pathname) || url.searchParams.get('fields') === 'account_id'),
    failures: {
      rateLimited: () => {
        const message = 'There have been too many calls from this ad-account. Wait a bit and try again.';
        return { ...graphFailure(400, 80_000, message, 2_446_079), headers: usageOf(100, 5) };
      },
      serverError: () => graphFailure(500, 1, 'An unknown error has occurred.'),
      accessLost: () => {
        const message =
          'Error validating access token: The session has been invalidated because the user changed their password.';
        return graphFailure(401, 190, message, 460);
      },
    },
    breakRecord({ body, ...rest }) {
      const page =
        typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data) ? body : undefined;
      if (!page) return { ...rest, body };
      const [first, ...others]: unknown[] = [page.data].flat();
      return {
        ...rest,
        body: { ...page, data: [{ ...Object(first), status: 'UNHEARD_OF', impressions: 'many' }, ...others] },
      };
    },
    webhooks: webhooksOf(world, ACCOUNT, APP_SECRET),
  };

  /** "Rate Limits", Headers: percentages, and minutes until the account is let in again. */
  function usageOf(percent: number, minutes: number): Readonly<Record<string, string>> {
    const use = { type: 'ads_insights', call_count: percent, total_cputime: 1, total_time: 1 };
    return {
      'facebook-api-version': 'v26.0',
      'x-business-use-case-usage': JSON.stringify({
        '17841400000000': [
          { ...use, estimated_time_to_regain_access: minutes, ads_api_access_tier: 'standard_access' },
        ],
      }),
      'x-ad-account-usage': JSON.stringify({ acc_id_util_pct: percent, reset_time_duration: minutes * 60 }),
      'x-fb-ads-insights-throttle': JSON.stringify({ app_id_util_pct: 0, acc_id_util_pct: 0 }),
    };
  }
};

/** The token: in the header or the query; the proof of the app's secret, where it is given. */
function checkAccess({ headers, url, body }: SandboxRequest): SandboxResponse | undefined {
  const form = new URLSearchParams(body);
  const [, fromHeader] = /^(?:Bearer|OAuth) (.+)$/.exec(headers.get('authorization') ?? '') ?? [];
  const token = fromHeader ?? url.searchParams.get('access_token') ?? form.get('access_token');
  if (!token) {
    return graphFailure(400, 2_500, 'An active access token must be used to query information about the current user.');
  }
  if (token !== TOKEN) return graphFailure(400, 190, 'Invalid OAuth access token - Cannot parse access token');
  const proof = url.searchParams.get('appsecret_proof') ?? form.get('appsecret_proof');
  const expected = createHmac('sha256', APP_SECRET).update(TOKEN).digest('hex');
  if (proof === null || proof === expected) return undefined;
  return graphFailure(400, 100, 'Invalid appsecret_proof provided in the API argument');
}

function unknownPath(path: string): SandboxResponse {
  return graphFailure(400, 2_500, `Unknown path components: ${path}`);
}

function missing(id: string): SandboxResponse {
  const message = `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`;
  return graphFailure(400, 100, message, 33);
}
