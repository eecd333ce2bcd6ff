/** What a host's ports give for a digest, checked at the edge: what can't be understood fails the job at once, with the place. */
import { z } from 'zod';
import { shownValue } from '../reading/given.js';
import { checkedAnswer, wrongAnswer } from '../reading/wrong-answer.js';
import type { InsightReading } from '../shown-insights.js';
import type { DigestMembers, DigestOrganization } from './members.js';

const organizationSchema = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string(),
  locale: z.string().nullish(),
});

/** Who has no address gets no mail, and the others get theirs. */
const memberSchema = z.object({ email: z.string().nullish(), role: z.string() });

const insightSchema = z.looseObject({
  id: z.string(),
  topic: z.string(),
  metric: z.string(),
  title: z.string(),
  text: z.string(),
  importance: z.number(),
  createdAt: z.number(),
});
const pageSchema = z.object({ insights: z.array(insightSchema), cursor: z.string().nullish() });

type Page = Awaited<ReturnType<InsightReading['list']>>;
type Members = Awaited<ReturnType<DigestMembers['members']>>;

/** @throws {PermanentError} */
export function readOrganization(given: DigestOrganization): DigestOrganization {
  checkedAnswer(organizationSchema, given, 'get', 'members');
  return given;
}

/** @throws {PermanentError} */
export function readMembers(given: Members): Members {
  checkedAnswer(z.array(memberSchema), given, 'members', 'members');
  return given.filter(({ email }) => typeof email === 'string');
}

/**
 * @param before the cursor that it was asked for with: a page that leads to itself would be read for ever
 * @throws {PermanentError}
 */
export function readPage(given: Page, before: string | undefined): Page {
  checkedAnswer(pageSchema, given, 'list', 'insights');
  if (before === undefined || given.cursor !== before) return given;
  throw wrongAnswer('list', 'insights', `cursor: ${shownValue(before)} leads to itself`);
}
