/** The OpenAPI 3.1 document, made from the table of routes. Its schemas are JSON Schema 2020-12, as zod writes it. */

import { z } from 'zod';
import { defined } from '../defined.js';
import { VERSION } from '../version.js';
import type { Probe } from './probe.js';
import { defineRoute, type Route } from './route.js';

/** What is answered when a request is refused. */
const ERROR = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.string().describe('Stable: `QUEUE_UNKNOWN`, `REQUEST_INVALID`, …'),
    message: z.string(),
    issues: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })).optional(),
  }),
});

const REFUSALS = {
  400: 'The request is not right; `issues` says where',
  401: 'Nobody is signed in',
  403: 'The role does not allow it, or it came from another origin',
  404: 'What the path names does not exist',
  503: 'The job store is away; `Retry-After` says when to ask again',
} as const;

type Schema = Record<string, unknown>;

/**
 * A table of routes with `GET /openapi.json`, which describes it.
 *
 * @param title of the document
 * @param probes are described, too
 */
export function withOpenApi<Context extends object>(
  title: string,
  routes: readonly Route<Context>[],
  probes: readonly Probe<Context>[] = [],
): readonly Route<Context>[] {
  const document = defineRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    role: 'viewer',
    contentType: 'application/json',
    run: ({ basePath }) => Response.json(describeApi(title, table, probes, basePath || '/')),
  });
  const table: readonly Route<Context>[] = [...routes, document];
  return table;
}

/** @param basePath where the handler is mounted */
function describeApi<Context extends object>(
  title: string,
  routes: readonly Route<Context>[],
  probes: readonly Probe<Context>[],
  basePath: string,
): object {
  const paths: Record<string, Record<string, object>> = {};
  const ids = new Set<string>();
  for (const route of routes) {
    const id = operationId(route, ids);
    ids.add(id);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describeRoute(route, id) };
  }
  for (const probe of probes) {
    const id = operationId({ method: 'GET', path: probe.path }, ids);
    ids.add(id);
    paths[probe.path] = { get: describeProbe(probe, id) };
  }
  return {
    openapi: '3.1.0',
    info: { title, version: VERSION },
    servers: [{ url: basePath }],
    paths,
  };
}

function describeProbe<Context extends object>({ summary }: Probe<Context>, operationId: string): object {
  return { operationId, summary, security: [], responses: { 200: { description: 'Yes' }, 503: { description: 'No' } } };
}

function describeRoute<Context extends object>(route: Route<Context>, operationId: string): object {
  const { path, summary, query, body, answer, contentType } = route;
  const { params = anyText(path) } = route;
  const refusals = Object.entries(REFUSALS).map(([status, description]) => [
    status,
    { description, ...content('application/json', toSchema(ERROR, 'output')) },
  ]);
  const data = answer ? z.object({ success: z.literal(true), data: answer }) : undefined;
  return {
    operationId,
    summary,
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body ? { requestBody: { required: false, ...content('application/json', toSchema(body, 'input')) } } : {}),
    responses: {
      200: {
        description: summary,
        ...(data ? content('application/json', toSchema(data, 'output')) : content(contentType ?? 'text/plain', {})),
      },
      ...Object.fromEntries(refusals),
    },
  };
}

/** What the parameters of a path are where the route does not say it. */
function anyText(path: string): z.ZodType {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
}

/** `GET /{queue}/jobs` is `get_queue_jobs`; where another operation has that already, `get_queue_jobs_2`. */
function operationId({ method, path }: Pick<Route, 'method' | 'path'>, taken: ReadonlySet<string>): string {
  const id = `${method.toLowerCase()}_${path.replace(/\W+/g, '_').replace(/^_|_$/g, '')}`;
  let unique = id;
  for (let nth = 2; taken.has(unique); nth++) unique = `${id}_${nth}`;
  return unique;
}

function content(type: string, schema: Schema): { content: Record<string, { schema: Schema }> } {
  return { content: { [type]: { schema } } };
}

function parameters(schema: z.ZodType | undefined, where: 'path' | 'query'): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = toSchema(schema, 'input');
  const names = Array.isArray(required) ? required : [];
  return Object.entries(properties as Record<string, Schema>).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || names.includes(name),
    ...defined({ description }),
    schema: rest,
  }));
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
