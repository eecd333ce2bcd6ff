/** What an organization's people do not want to hear of. */
import { ArgumentError, defined, NotFoundError } from '@bizinsights/jobs-core';
import type { InsightKind, InsightMute } from '@bizinsights/jobs-insights';
import { and, asc, eq } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { insightMutes, organizations } from '../database/schema.js';
import { idProblem } from '../integrations/connect-account.js';
import { storableId } from '../records/storable.js';

/** A mute, and who has made it. */
export interface StoredMute extends InsightMute {
  readonly mutedBy: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** In the order in which they were made. */
export async function readMutes(database: Database, organizationId: string): Promise<StoredMute[]> {
  const rows = await database
    .select()
    .from(insightMutes)
    .where(eq(insightMutes.organizationId, storableId(organizationId)))
    .orderBy(asc(insightMutes.createdAt), asc(insightMutes.metric), asc(insightMutes.kind));
  return rows.map(({ metric, kind, mutedBy, createdAt }) => ({
    ...defined({ metric: metric || undefined, kind: kind || undefined }),
    mutedBy,
    createdAt,
  }));
}

export async function addMute(
  database: Database,
  organizationId: string,
  mute: InsightMute & { readonly by: string },
  now: number,
): Promise<void> {
  const what = columnsOf(mute);
  checkName('by', mute.by);
  const owner = storableId(organizationId);
  const [known] = await database
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.id, owner));
  if (!known) throw new NotFoundError(`There is no organization "${organizationId}"`);
  await database
    .insert(insightMutes)
    .values({ organizationId: owner, ...what, mutedBy: mute.by, createdAt: now })
    .onConflictDoNothing();
}

export async function removeMute(database: Database, organizationId: string, mute: InsightMute): Promise<void> {
  const { metric, kind } = columnsOf(mute);
  await database
    .delete(insightMutes)
    .where(
      and(
        eq(insightMutes.organizationId, storableId(organizationId)),
        eq(insightMutes.metric, metric),
        eq(insightMutes.kind, kind),
      ),
    );
}

/** As the table has them: an empty one stands for all. */
function columnsOf({ metric, kind }: InsightMute): { readonly metric: string; readonly kind: InsightKind | '' } {
  if (metric === undefined && kind === undefined) {
    throw new ArgumentError('A mute needs a `metric`, a `kind`, or both');
  }
  if (metric !== undefined) checkName('metric', metric);
  if (kind !== undefined) checkName('kind', kind);
  return { metric: metric ?? '', kind: kind ?? '' };
}

function checkName(field: string, value: string): void {
  const problem = idProblem(value);
  if (problem !== undefined) throw new ArgumentError(`The mute is invalid: ${field}: ${problem}`);
}
