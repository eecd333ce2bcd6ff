/** `insightRoutes`: an organization's insights on the HTTP kit, with thumbs and mutes. */
import { ArgumentError, defined, NotFoundError } from '@bizinsights/jobs-core';
import { ApiError, defineRoute, maySeeTenant, type PluginRoutes, type Principal } from '@bizinsights/jobs-core/http';
import { z } from 'zod';
import { INSIGHT_KINDS } from './evidence.js';
import { METRICS } from './metrics.js';
import { INSIGHT_PERIODS } from './queue.js';
import { checkOptions, missingMethods } from './reading/given.js';
import type { InsightShelf } from './shown-insights.js';

const MAX_PAGE_SIZE = 200;
const PAGE_SIZE = 50;

const VOTES = ['up', 'down'] as const;
const IMPACTS = ['low', 'medium', 'high'] as const;

const owner = {
  organizationId: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Whose insights. Not needed by a principal that is bound to one tenant.'),
};
const ownerQuery = z.object(owner);

const kind = z.enum(INSIGHT_KINDS);
const metric = z.enum(METRICS.map(({ name }) => name)).describe('Its name in `store.metrics`.');
const time = z.coerce.number<string>().int().min(0);

const listQuery = z.object({
  ...owner,
  cursor: z.string().optional(),
  limit: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(MAX_PAGE_SIZE)
    .default(PAGE_SIZE)
    .describe(`1 to ${MAX_PAGE_SIZE}, by default ${PAGE_SIZE}.`),
  kind: kind.optional(),
  metric: metric.optional(),
  impact: z.enum(IMPACTS).optional(),
  since: time.optional().describe('Made then or later, epoch ms.'),
});

const insightView = z.object({
  id: z.string(),
  kind,
  metric: z.string(),
  impact: z.enum(IMPACTS),
  status: z.enum(['new', 'changed', 'over']),
  topic: z.string().describe('The same for the same finding, whatever its figures.'),
  importance: z.number().describe('From 0 to 1.'),
  title: z.string(),
  text: z.string(),
  evidence: z
    .looseObject({ method: z.string(), unit: z.string(), value: z.number(), expected: z.number() })
    .describe('The numbers behind it: `InsightEvidence`.'),
  period: z.enum(INSIGHT_PERIODS),
  createdAt: z.number().describe('Epoch ms.'),
  vote: z.enum(VOTES).optional().describe('Of who asks.'),
});

const params = z.object({ id: z.string() });

const mute = { metric: metric.optional(), kind: kind.optional() };
const namesOne = ({ metric: one, kind: other }: { metric?: string | undefined; kind?: string | undefined }) =>
  one !== undefined || other !== undefined;
const NAMES_NONE = { error: 'A mute needs a `metric`, a `kind`, or both' };
const muteView = z.object({ organizationId: z.string(), metric: z.string().optional(), kind: kind.optional() });

/**
 * The insights of organizations as routes of the monitoring API, under `{basePath}/plugins/insights`:
 *
 * | route | role | does |
 * | --- | --- | --- |
 * | `GET /` | viewer | a page of insights, with filters |
 * | `GET /{id}` | viewer | one of them |
 * | `POST /{id}?action=vote` | viewer | the thumb of who asks: `{ "vote": "up" }`, `"down"`, or `null` to take it back |
 * | `GET /mutes` | viewer | what is muted |
 * | `PUT /mutes`, `DELETE /mutes` | operator | mutes a metric, a kind, or a kind of a metric; takes it back |
 *
 * Each takes `organizationId` in its query, unless who asks is bound to one tenant. Who is bound to tenants is refused
 * others. A person is the principal's `actor`.
 *
 * @throws {ArgumentError} for a store without one of its methods
 * @example
 * ```ts
 * import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
 * import { insightRoutes } from '@bizinsights/jobs-insights';
 *
 * const handler = createMonitoringHandler(jobs, { authorize, plugins: [insightRoutes({ insights: store.insights })] });
 * ```
 */
export function insightRoutes(options: { readonly insights: InsightShelf }): PluginRoutes {
  checkOptions('insightRoutes', options, '{ insights: store.insights }');
  const { insights } = options;
  const missing = missingMethods(insights, ['list', 'get', 'vote', 'mutes', 'mute', 'unmute']);
  if (missing.length > 0) {
    throw new ArgumentError(`\`insights\` of insightRoutes has no method ${missing.join(', ')}: give store.insights`);
  }
  const list = defineRoute({
    method: 'GET',
    path: '/',
    summary: 'The insights of an organization: those of the newest run first, and of one run the most important first.',
    role: 'viewer',
    query: listQuery,
    answer: z.object({
      insights: z.array(insightView),
      cursor: z.string().optional().describe('Asks for the next page; absent on the last.'),
    }),
    async run({ query: { organizationId, ...query }, principal }) {
      const person = principal.actor;
      const page = await insights.list(ownerOf(principal, organizationId), { ...defined(query), person });
      return { insights: [...page.insights], ...defined({ cursor: page.cursor }) };
    },
  });
  const one = defineRoute({
    method: 'GET',
    path: '/{id}',
    summary: 'One insight.',
    role: 'viewer',
    params,
    query: ownerQuery,
    answer: insightView,
    async run({ params: { id }, query, principal }) {
      const found = await insights.get(ownerOf(principal, query.organizationId), id, { person: principal.actor });
      if (!found) throw new NotFoundError(`There is no insight "${id}" (any more)`);
      return found;
    },
  });
  const vote = defineRoute({
    method: 'POST',
    path: '/{id}',
    summary: 'The thumb of who asks for an insight, up, down or none: many thumbs down lower the rank of its kind.',
    role: 'viewer',
    params,
    query: z.object({ ...owner, action: z.literal('vote') }),
    body: z.strictObject({ vote: z.enum(VOTES).nullable() }),
    answer: z.object({ id: z.string(), vote: z.enum(VOTES).nullable() }),
    audit: ({ params: { id } }) => ({ action: 'insight:vote', target: id }),
    async run({ params: { id }, query, body, principal }) {
      const given = { by: principal.actor, vote: body.vote ?? undefined };
      await insights.vote(ownerOf(principal, query.organizationId), id, given);
      return { id, vote: body.vote };
    },
  });
  const mutes = defineRoute({
    method: 'GET',
    path: '/mutes',
    summary: 'What an organization does not want to hear of.',
    role: 'viewer',
    query: ownerQuery,
    answer: z.object({
      mutes: z.array(muteView.omit({ organizationId: true }).extend({ mutedBy: z.string(), createdAt: z.number() })),
    }),
    async run({ query, principal }) {
      return { mutes: [...(await insights.mutes(ownerOf(principal, query.organizationId)))] };
    },
  });
  const addMute = defineRoute({
    method: 'PUT',
    path: '/mutes',
    summary: 'Leaves a metric, a kind, or a kind of a metric out from the next run on.',
    role: 'operator',
    query: ownerQuery,
    body: z.strictObject(mute).refine(namesOne, NAMES_NONE),
    answer: muteView,
    audit: ({ body }) => ({ action: 'insight:mute', target: nameOf(body) }),
    async run({ query, body, principal }) {
      const organizationId = ownerOf(principal, query.organizationId);
      await insights.mute(organizationId, { ...defined(body), by: principal.actor });
      return { organizationId, ...defined(body) };
    },
  });
  const removeMute = defineRoute({
    method: 'DELETE',
    path: '/mutes',
    summary: 'Takes a mute back: the metric and the kind that it has stand in the query.',
    role: 'operator',
    query: z.object({ ...owner, ...mute }).refine(namesOne, NAMES_NONE),
    body: z.strictObject({}).default({}),
    answer: muteView,
    audit: ({ query }) => ({ action: 'insight:unmute', target: nameOf(query) }),
    async run({ query: { organizationId: given, ...muted }, principal }) {
      const organizationId = ownerOf(principal, given);
      await insights.unmute(organizationId, defined(muted));
      return { organizationId, ...defined(muted) };
    },
  });
  return { name: 'insights', routes: [list, one, vote, mutes, addMute, removeMute] };
}

/** `refunds`, `season`, or `refunds season`. */
function nameOf(
  muted: { readonly metric?: string | undefined; readonly kind?: string | undefined } | undefined,
): string {
  return [muted?.metric, muted?.kind].filter((name) => name !== undefined).join(' ');
}

/** @throws {ApiError} where it is not said whose insights are meant, and for those of another tenant */
function ownerOf(principal: Principal, organizationId: string | undefined): string {
  const [own, ...others] = principal.tenants ?? [];
  const chosen = organizationId ?? (others.length === 0 ? own : undefined);
  if (chosen === undefined) {
    const issue = { path: ['query', 'organizationId'], message: 'is required, unless you are bound to one tenant' };
    throw new ApiError('REQUEST_INVALID', 'It is not said whose insights are meant', [issue]);
  }
  if (!maySeeTenant(principal, chosen)) {
    throw new ApiError('FORBIDDEN', 'The insights are of a tenant that you do not see');
  }
  return chosen;
}
