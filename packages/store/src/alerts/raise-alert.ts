/** What an occurrence makes of its alert. */
import { randomUUID } from 'node:crypto';
import type { Alert, AlertOccurrence, RaisedAlert } from '@bizinsights/jobs-alerts';
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { alertOccurrences, alerts } from '../database/schema.js';
import { storableId, storableJson, storableText } from '../records/storable.js';
import { type AlertRow, ofOrganization, toAlert } from './alert-rows.js';

type Transaction = Pick<Database, 'insert' | 'select' | 'update'>;

const RANK: Readonly<Record<Alert['severity'], number>> = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 };

/** In a transaction, which holds the alert until its end: occurrences of one alert come one after the other. */
export async function raiseAlert(
  transaction: Transaction,
  occurrence: AlertOccurrence,
  now: number,
): Promise<RaisedAlert> {
  const row = await lockAlert(transaction, occurrence, now);
  const outcome = outcomeFor(row);
  const opening = outcome === 'repeated' ? row.opening : row.opening + 1;
  const key = { alertId: row.id, occurrence: storableId(occurrence.id) };
  const [counted] = await transaction
    .insert(alertOccurrences)
    .values({ ...key, opening, outcome, severity: occurrence.severity, seenAt: now })
    .onConflictDoNothing()
    .returning();
  if (!counted) {
    const [before] = await transaction
      .select()
      .from(alertOccurrences)
      .where(and(eq(alertOccurrences.alertId, key.alertId), eq(alertOccurrences.occurrence, key.occurrence)));
    if (!before) throw new Error(`Occurrence "${key.occurrence}" of alert "${row.id}" was removed while it was raised`);
    return { alert: toAlert(row), outcome: before.outcome, opening: before.opening };
  }
  const isOpened = outcome !== 'repeated';
  const { severity } = occurrence;
  const [alert] = await transaction
    .update(alerts)
    .set({
      ...textsOf(occurrence),
      severity: isOpened || RANK[severity] > RANK[row.severity] ? severity : row.severity,
      occurrences: row.occurrences + 1,
      opening,
      lastSeenAt: Math.max(now, row.lastSeenAt),
      ...(isOpened && REOPENED),
      ...(isOpened && { openedAt: now }),
    })
    .where(eq(alerts.id, row.id))
    .returning();
  if (!alert) throw new Error(`Alert "${row.id}" was removed while it was raised`);
  return { alert: toAlert(alert), outcome, opening };
}

const REOPENED = {
  status: 'open',
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedBy: null,
  resolvedAt: null,
} as const;

/** The alert of a fingerprint, new and not opened yet where there is none. No other occurrence changes it meanwhile. */
async function lockAlert(transaction: Transaction, occurrence: AlertOccurrence, now: number): Promise<AlertRow> {
  const { organizationId = null, severity } = occurrence;
  const fingerprint = storableId(occurrence.fingerprint);
  const never = { opening: 0, occurrences: 0, createdAt: now, openedAt: now, lastSeenAt: now };
  await transaction
    .insert(alerts)
    .values({
      id: randomUUID(),
      organizationId,
      fingerprint,
      status: 'open',
      severity,
      ...textsOf(occurrence),
      ...never,
    })
    .onConflictDoNothing();
  const [row] = await transaction
    .select()
    .from(alerts)
    .where(and(ofOrganization(organizationId), eq(alerts.fingerprint, fingerprint)))
    .for('update');
  if (!row) throw new Error('The alert was removed while it was raised');
  return row;
}

function outcomeFor({ opening, status }: AlertRow): RaisedAlert['outcome'] {
  if (opening === 0) return 'created';
  return status === 'resolved' ? 'reopened' : 'repeated';
}

/** What people read: of the last occurrence. */
function textsOf({ type, source, title, message, labels, evidence }: AlertOccurrence) {
  return {
    type: storableText(type),
    source: storableText(source),
    title: storableText(title),
    message: storableText(message),
    labels: sql`${storableJson(labels)}::jsonb`,
    evidence: evidence === undefined ? null : sql`${storableJson(evidence)}::jsonb`,
  };
}
