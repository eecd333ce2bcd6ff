/**
 * The campaigns of an account ("Ad Account, Campaigns"). They are few, and a change of status does not always move their
 * `updated_time`: so all of them are read each time, also those that are deleted or archived, which the list leaves out
 * unless they are asked for.
 *
 * @see https://developers.facebook.com/docs/marketing-api/reference/ad-account/campaigns
 */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { Stream } from '../platform.js';
import { sortRecords } from '../records/sort-records.js';
import { loopGuard } from '../streams/loop-guard.js';
import { streamCursor } from '../streams/stream-cursor.js';
import type { FacebookClient } from './client.js';
import { CAMPAIGN_FIELDS, campaignReader } from './records.js';

const PAGE_SIZE = '100';

const STATUSES = ['ACTIVE', 'PAUSED', 'DELETED', 'ARCHIVED', 'IN_PROCESS', 'WITH_ISSUES'];

/** "Paginated Results": there is a next page where `next` is. Where it leads is not followed, only its cursor is used. */
export const graphList = z.object({
  data: z.array(z.unknown()),
  paging: z
    .object({ cursors: z.object({ after: z.string() }).optional(), next: z.string().optional() })
    .optional()
    .transform((paging) => (paging?.next === undefined ? undefined : paging.cursors?.after)),
});

const position = z.object({ after: z.string(), asOf: z.number() });
const cursors = streamCursor(position);

/** @param account `act_…` */
export function campaignStream(account: string, client: FacebookClient): Stream {
  const path = `${account}/campaigns`;
  return {
    name: 'campaigns',
    kind: 'campaign',
    async *read(options) {
      const { signal, now, since = 0 } = options;
      const start = cursors.start(options);
      const noLoop = loopGuard("Facebook's campaigns");
      const asOf = start.position?.asOf ?? now();
      for (let after = start.position?.after; ; ) {
        const answer = await client.request(graphList, {
          path,
          parameters: {
            fields: CAMPAIGN_FIELDS,
            effective_status: JSON.stringify(STATUSES),
            limit: PAGE_SIZE,
            ...defined({ after }),
          },
          signal,
          now,
        });
        after = answer.paging;
        if (after !== undefined) noLoop(after);
        const { records, rejected } = sortRecords(campaignReader, answer.data);
        yield {
          records: records.filter(({ updatedAt }) => updatedAt >= since),
          rejected,
          deleted: [],
          cursor: after === undefined ? cursors.end(asOf) : cursors.within({ after, asOf }),
          isLast: after === undefined,
        };
        if (after === undefined) return;
      }
    },
  };
}
