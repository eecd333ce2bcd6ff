/** Who is told of which opening of an alert, and by which occurrence. */
import type { AlertNotice, ClaimedRecipient } from '@bizinsights/jobs-alerts';
import { and, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { alertNotices } from '../database/schema.js';
import { storableId } from '../records/storable.js';

/** An occurrence that has claimed somebody, and has said nothing for so long, may have failed for good. ms */
const CLAIM = 60_000;

export async function claimRecipients(
  database: Database,
  notice: AlertNotice,
  recipients: readonly string[],
  now: number,
): Promise<ClaimedRecipient[]> {
  const { alertId, opening, channel } = notice;
  const claimedBy = storableId(notice.occurrence);
  // In one order for all: two occurrences that claim the same rows would wait for each other.
  const sorted = [...new Set(recipients)].sort();
  if (sorted.length === 0) return [];
  const isOwn = eq(alertNotices.claimedBy, claimedBy);
  const isLeft = sql`${isNull(alertNotices.sentAt)} AND ${lt(alertNotices.claimedAt, now - CLAIM)}`;
  const claimed = await database
    .insert(alertNotices)
    .values(sorted.map((recipient) => ({ alertId, opening, channel, recipient, claimedBy, claimedAt: now })))
    .onConflictDoUpdate({
      target: [alertNotices.alertId, alertNotices.opening, alertNotices.channel, alertNotices.recipient],
      set: { claimedBy: sql`excluded.claimed_by`, claimedAt: sql`excluded.claimed_at` },
      setWhere: sql`${isOwn} OR (${isLeft})`,
    })
    .returning();
  return claimed.map(({ recipient, sentAt }) => ({ recipient, isSent: sentAt !== null }));
}

export async function confirmSent(
  database: Database,
  { alertId, opening, channel }: AlertNotice,
  recipients: readonly string[],
  now: number,
): Promise<void> {
  if (recipients.length === 0) return;
  await database
    .update(alertNotices)
    .set({ sentAt: now })
    .where(
      and(
        eq(alertNotices.alertId, alertId),
        eq(alertNotices.opening, opening),
        eq(alertNotices.channel, channel),
        inArray(alertNotices.recipient, [...recipients]),
        isNull(alertNotices.sentAt),
      ),
    );
}
