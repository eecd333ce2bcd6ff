/** Whether an organization has agreed that a language model words its insights. */
import { ArgumentError, NotFoundError } from '@bizinsights/jobs-core';
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { modelConsents, organizations } from '../database/schema.js';
import { storableId, storableText } from '../records/storable.js';

/** What an organization has decided of a language model. */
export interface ModelDecision {
  readonly allowed: boolean;
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
}

/** @throws {NotFoundError} where there is no such organization */
export async function decideModel(
  database: Database,
  { organizationId, allowed, by, at }: ModelDecision & { readonly organizationId: string },
): Promise<void> {
  if (by.trim() === '') throw new ArgumentError('`by` must say who has decided');
  const decision = { allowed, decidedBy: storableText(by), decidedAt: at };
  const organization = database
    .select({
      organizationId: organizations.id,
      allowed: sql<boolean>`${decision.allowed}::boolean`.as('allowed'),
      decidedBy: sql<string>`${decision.decidedBy}::text`.as('decided_by'),
      decidedAt: sql<number>`${decision.decidedAt}::bigint`.as('decided_at'),
    })
    .from(organizations)
    .where(eq(organizations.id, storableId(organizationId)));
  const decided = await database
    .insert(modelConsents)
    .select(organization)
    .onConflictDoUpdate({ target: modelConsents.organizationId, set: decision })
    .returning({ organizationId: modelConsents.organizationId });
  if (decided.length === 0) throw new NotFoundError(`There is no organization "${organizationId}"`);
}

export async function modelDecision(database: Database, organizationId: string): Promise<ModelDecision | undefined> {
  const [row] = await database
    .select()
    .from(modelConsents)
    .where(eq(modelConsents.organizationId, storableId(organizationId)));
  return row && { allowed: row.allowed, by: row.decidedBy, at: row.decidedAt };
}
