/** Thumbs of an organization's people: one of a person for an insight. */
import { ArgumentError, NotFoundError } from '@bizinsights/jobs-core';
import type { InsightVotes } from '@bizinsights/jobs-insights';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { insights, insightVotes } from '../database/schema.js';
import { idProblem } from '../integrations/connect-account.js';
import { storableId } from '../records/storable.js';
import type { InsightVote } from './insight-list.js';

/** See `InsightStore.votes`. */
export async function countVotes(database: Database, organizationId: string): Promise<InsightVotes[]> {
  const count = (vote: InsightVote) => sql<number>`(count(*) FILTER (WHERE ${insightVotes.vote} = ${vote}))::int`;
  return await database
    .select({ kind: insightVotes.kind, up: count('up'), down: count('down') })
    .from(insightVotes)
    .where(eq(insightVotes.organizationId, storableId(organizationId)))
    .groupBy(insightVotes.kind)
    .orderBy(asc(insightVotes.kind));
}

/** What a person thinks of an insight. */
export interface GivenVote {
  /** The person's id with the host. */
  readonly by: string;
  /** Undefined: takes the vote back. */
  readonly vote: InsightVote | undefined;
}

export async function giveVote(
  database: Database,
  organizationId: string,
  insightId: string,
  { by: person, vote }: GivenVote,
  now: number,
): Promise<void> {
  const problem = idProblem(person);
  if (problem !== undefined) throw new ArgumentError(`The vote is invalid: by: ${problem}`);
  if (vote !== undefined && !VOTES.includes(vote)) {
    throw new ArgumentError(`The vote is invalid: vote: must be one of ${VOTES.join(', ')}, or undefined`);
  }
  const owner = storableId(organizationId);
  const [insight] =
    idProblem(insightId) === undefined
      ? await database
          .select({ kind: insights.kind })
          .from(insights)
          .where(and(eq(insights.organizationId, owner), eq(insights.id, insightId)))
      : [];
  if (!insight) throw new NotFoundError(`There is no insight "${insightId}"`);
  if (vote === undefined) {
    await database
      .delete(insightVotes)
      .where(and(eq(insightVotes.insightId, insightId), eq(insightVotes.person, person)));
    return;
  }
  await database
    .insert(insightVotes)
    .values({ insightId, person, organizationId: owner, kind: insight.kind, vote, createdAt: now })
    .onConflictDoUpdate({ target: [insightVotes.insightId, insightVotes.person], set: { vote, createdAt: now } });
}

const VOTES: readonly InsightVote[] = ['up', 'down'];
