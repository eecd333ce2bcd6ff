/** An alert as it is stored, and as it is given out. */
import type { Alert } from '@bizinsights/jobs-alerts';
import { defined } from '@bizinsights/jobs-core';
import { and, eq, isNull } from 'drizzle-orm';
import { alerts } from '../database/schema.js';

export type AlertRow = typeof alerts.$inferSelect;

export function toAlert({ opening: _, organizationId, evidence, ...row }: AlertRow): Alert {
  const { acknowledgedBy, acknowledgedAt, resolvedBy, resolvedAt, ...rest } = row;
  return {
    ...rest,
    ...defined({
      organizationId: organizationId ?? undefined,
      evidence: evidence ?? undefined,
      acknowledgedBy: acknowledgedBy ?? undefined,
      acknowledgedAt: acknowledgedAt ?? undefined,
      resolvedBy: resolvedBy ?? undefined,
      resolvedAt: resolvedAt ?? undefined,
    }),
  };
}

/** Those of an organization, or those about the system itself (null). */
export function ofOrganization(organizationId: string | null) {
  return organizationId === null ? isNull(alerts.organizationId) : eq(alerts.organizationId, organizationId);
}

export function isAlert(organizationId: string | null, id: string) {
  return and(ofOrganization(organizationId), eq(alerts.id, id));
}
