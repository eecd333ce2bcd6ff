/** The list of campaigns, the newest first. Those that are deleted are left out unless they are asked for. */
import type { SandboxResponse } from '../platform.js';
import type { Shop } from '../shop/shop.js';
import { graphPage, graphTime, pickFields } from './graph.js';

/** Campaigns on a page, so that a shop with few of them has several pages. */
const BOUND = 2;

export function listCampaigns({ campaigns }: Shop, parameters: URLSearchParams): SandboxResponse {
  const fields = parameters.get('fields');
  const wanted = parameters.get('effective_status');
  const newestFirst = campaigns
    .filter(({ status }) => (wanted === null ? status !== 'deleted' : wanted.includes(status.toUpperCase())))
    .toReversed();
  return graphPage(newestFirst, parameters, BOUND, ({ id, name, status, objective, createdAt, updatedAt }) => ({
    ...pickFields(
      {
        name,
        status: status.toUpperCase(),
        effective_status: status.toUpperCase(),
        objective,
        created_time: graphTime(createdAt),
        updated_time: graphTime(updatedAt),
      },
      fields,
    ),
    id: String(id),
  }));
}
