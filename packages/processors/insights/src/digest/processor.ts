/** `insightDigestProcessor`: the week's insights of an organization, one mail a person. */
import { createHash } from 'node:crypto';
import {
  abortable,
  defined,
  defineProcessor,
  type JobContext,
  JobDataError,
  type Logger,
  PermanentError,
  type ProcessorDefinition,
  type ScheduleOfQueue,
  type Schedules,
  toError,
} from '@bizinsights/jobs-core';
import { asLine, asText, EMAIL_LIMITS, emailLocaleOf, emailQueue, emailTemplates } from '@bizinsights/jobs-email/queue';
import { type InsightDigestQueue, type InsightDigestResult, insightDigestQueue } from '../contract/digest-queue.js';
import { checkPorts, type NeededPorts } from '../reading/given.js';
import type { InsightReading, ShownInsight } from '../shown-insights.js';
import type { DigestMembers, DigestOrganization } from './members.js';
import { readMembers, readOrganization, readPage } from './read-answers.js';
import { mondayOf, WEEK, weekLabel } from './week.js';

/** What `insightDigestProcessor` takes. */
export interface InsightDigestOptions {
  /** `store.insights`. */
  readonly insights: InsightReading;
  /** `store.organizations`. */
  readonly members: DigestMembers;
  /**
   * The host's page of an organization's insights: http or https, at most 2,048 characters. Where it throws or answers
   * something else that is logged, and the mail has no link. Default: none.
   */
  readonly link?: (organizationId: string) => string;
  /** The recurring digests: `() => insightDigestSchedules({ organizations: store.organizations })`. Default: none. */
  readonly schedules?: () => Schedules<ScheduleOfQueue<InsightDigestQueue>>;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** A mail has no more insights. */
const MOST = 10;

/** So many are read at once. */
const PAGE = 500;

/** The methods that no digest can do without. */
const NEEDED: NeededPorts = { insights: ['list'], members: ['get', 'members'] };

const TOLD_ROLES: ReadonlySet<string> = new Set(['owner', 'admin']);

/**
 * The processor of the queue `insight-digests`: the ten most important insights of the last seven days, of each topic the
 * last. Where there are none, there is no mail. Each person gets one mail a week, whatever is tried or run again.
 *
 * @throws {ProcessorDefinitionError} for ports that are missing, or have not the methods that a digest needs
 * @example
 * ```ts
 * jobs.registerProcessor(
 *   insightDigestProcessor({
 *     insights: store.insights,
 *     members: store.organizations,
 *     link: (organizationId) => `https://app.example.com/${organizationId}/insights`,
 *     schedules: () => insightDigestSchedules({ organizations: store.organizations }),
 *   }),
 * );
 * ```
 */
export function insightDigestProcessor(options: InsightDigestOptions): ProcessorDefinition<InsightDigestQueue> {
  checkPorts('insightDigestProcessor', options, NEEDED);
  const { insights, members, link, schedules, now = Date.now } = options;
  return defineProcessor({
    queue: insightDigestQueue,
    enqueues: [emailQueue],
    ...defined({ schedules }),
    async process(job): Promise<InsightDigestResult> {
      const { organizationId } = job.data;
      const given = await abortable(job.signal, () => members.get(organizationId));
      if (!given) throw new PermanentError(`There is no organization "${organizationId}"`);
      const organization = readOrganization(given);
      const begunAt = await job.step('begin', now);
      const found = await abortable(job.signal, () => readWeek(insights, organizationId, begunAt));
      if (found.length === 0) return { skipped: 'nothing' };
      const people = readMembers(await abortable(job.signal, () => members.members(organizationId)));
      const addresses = addressesOf(people);
      const mail = mailOf(organization, found, begunAt, link && linkTo(organizationId, link, job.logger));
      const mails = await send(job, addresses, mail, [organizationId, mondayOf(begunAt, organization.timeZone)]);
      return mails === 0 ? { skipped: 'no-recipients' } : { insights: mail.variables.insights.length, mails };
    },
  });
}

/** Of each topic the last, the most important first. */
async function readWeek(insights: InsightReading, organizationId: string, until: number): Promise<ShownInsight[]> {
  const found = new Map<string, ShownInsight>();
  let cursor: string | undefined;
  do {
    const asked = { since: until - WEEK, limit: PAGE, ...defined({ cursor }) };
    const page = readPage(await insights.list(organizationId, asked), cursor);
    for (const insight of page.insights) {
      const topic = insight.topic || insight.id;
      if (insight.createdAt <= until && !found.has(topic)) found.set(topic, insight);
    }
    // Null where a host's JSON has it so.
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return [...found.values()].toSorted((one, other) => other.importance - one.importance);
}

type Mail = ReturnType<typeof mailOf>;

function mailOf(
  { id, name, timeZone, locale: given }: DigestOrganization,
  found: readonly ShownInsight[],
  begunAt: number,
  dashboardUrl: string | undefined,
) {
  const locale = emailLocaleOf(given) ?? 'en';
  const insights = found.slice(0, MOST).map(({ title, text, metric }) => {
    const heading = asLine(title, EMAIL_LIMITS.alertTitle) ?? metric;
    return { title: heading, text: asText(text, EMAIL_LIMITS.digestText) ?? heading };
  });
  const organizationName = asLine(name, EMAIL_LIMITS.alertTitle);
  const variables = {
    period: weekLabel(begunAt, timeZone, locale),
    insights,
    more: found.length - insights.length,
    ...defined({ organizationName, dashboardUrl }),
  };
  return { template: 'insights-digest', organizationId: id, locale, variables } as const;
}

/** Each address once: hardly any server tells capitals apart. */
function addressesOf(members: Awaited<ReturnType<DigestMembers['members']>>): string[] {
  const told = members.filter(({ role }) => TOLD_ROLES.has(role));
  return [...new Map(told.map(({ email }) => [email.trim().toLowerCase(), email])).values()];
}

/** @param week whose digest it is, and the Monday of the week in which it is sent */
async function send(
  job: JobContext<InsightDigestQueue>,
  addresses: readonly string[],
  mail: Mail,
  week: readonly string[],
): Promise<number> {
  let mails = 0;
  for (const to of addresses) {
    const hash = createHash('sha256').update(JSON.stringify([...week, to.toLowerCase()]));
    const id = `insight-digest-${hash.digest('base64url')}`;
    try {
      // The key holds also where the first mail was sent and its job is gone.
      await job.enqueue(emailQueue, { ...mail, to, idempotencyKey: id }, { id });
      mails += 1;
    } catch (error) {
      if (!(error instanceof JobDataError)) throw error;
      // What can't be an address. The others get theirs.
      job.logger.warn({ err: error }, `Member ${addresses.indexOf(to) + 1} can't be sent the insights of the week`);
    }
  }
  return mails;
}

const { dashboardUrl: linkShape } = emailTemplates['insights-digest'].shape;

function linkTo(
  organizationId: string,
  link: NonNullable<InsightDigestOptions['link']>,
  logger: Logger,
): string | undefined {
  try {
    const answer: unknown = link(organizationId);
    const { data } = linkShape.safeParse(answer);
    if (data !== undefined) return data;
    logger.error(`\`link\` of insightDigestProcessor gave ${JSON.stringify(answer)}, no http or https address`);
  } catch (thrown) {
    logger.error({ err: toError(thrown) }, '`link` of insightDigestProcessor has failed');
  }
  return undefined;
}
