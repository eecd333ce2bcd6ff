/** Routes that a plugin brings: `{basePath}/plugins/<name>/…` of the monitoring API. */
import { z } from 'zod';
import { ConfigError, type Issue, toIssues } from '../errors.js';
import { ROLES } from './roles.js';
import type { Route } from './route.js';
import { shapeOf } from './router.js';

/**
 * The routes of a plugin, a plain value: `createMonitoringHandler(jobs, { authorize, plugins: [bellRoutes] })`. They are
 * authorized, audited and described in the OpenAPI document like every other route.
 *
 * A principal that is bound to tenants may call them, so `run` must neither show nor change anything of tenants that are
 * not in `principal.tenants`. A route with `wholeStore: true` refuses such a principal.
 *
 * @example
 * ```ts
 * import { defineRoute, type PluginRoutes } from '@bizinsights/jobs-core/http';
 * import { z } from 'zod';
 *
 * const listBells = defineRoute({
 *   method: 'GET',
 *   path: '/',
 *   summary: 'The bells.',
 *   role: 'viewer',
 *   answer: z.object({ bells: z.array(z.string()) }),
 *   run: ({ principal }) => ({ bells: ['a', 'b'].filter((owner) => principal.tenants?.includes(owner) ?? true) }),
 * });
 *
 * // GET {basePath}/plugins/bells
 * export const bellRoutes: PluginRoutes = { name: 'bells', routes: [listBells] };
 * ```
 */
export interface PluginRoutes {
  /** Part of the address: 1 to 64 lower-case letters, digits and single hyphens, such as `alerts`. */
  readonly name: string;
  /** Their paths are relative to `{basePath}/plugins/<name>`; `/` is that address itself. */
  readonly routes: readonly Route[];
}

/** Fixed names and parameters in braces. */
const PATH = /^(\/|(\/([\w.~-]+|\{\w+\}))+)$/;

const isFunction = (value: unknown) => typeof value === 'function';

/** Those of zod 3 have no `_zod`, and can't be described. */
const schema = z
  .custom((value) => typeof value === 'object' && value !== null && '_zod' in value, 'must be a schema of zod 4')
  .optional();

const routeShape = z.looseObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  path: z
    .string()
    .regex(PATH, 'must look like "/", "/{id}" or "/{id}/notes"')
    .refine((path) => !/\/\.\.?(\/|$)/.test(path), 'has a segment "." or "..", which no address keeps')
    .refine((path) => {
      const names = path.match(/\{\w+\}/g) ?? [];
      return new Set(names).size === names.length;
    }, 'must not use a parameter name twice'),
  summary: z.string().min(1),
  // Checked at start: a role that is mistyped would let nobody in, or everybody.
  role: z.custom(
    (role) => ROLES.some((one) => one === role) || isFunction(role),
    `must be one of ${ROLES.join(', ')}, or a function`,
  ),
  wholeStore: z
    .custom((value) => typeof value === 'boolean' || isFunction(value), 'must be true, false or a function')
    .optional(),
  params: schema,
  query: schema,
  body: schema,
  answer: schema,
  audit: z.custom(isFunction, 'must be a function').optional(),
  run: z.custom(isFunction, 'must be a function'),
});

const pluginsShape = z.array(
  z.looseObject({
    name: z
      .string()
      .max(64)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens, such as "alerts"'),
    routes: z.array(routeShape),
  }),
);

/**
 * The routes of all plugins, at their places.
 *
 * @param subject begins the message: `createMonitoringHandler`
 * @throws {ConfigError} for an invalid plugin or route, two plugins of one name, and two routes of one method and path
 */
export function pluginTable(subject: string, plugins: readonly PluginRoutes[]): Route[] {
  const checked = pluginsShape.safeParse(plugins);
  if (!checked.success) throw new ConfigError(subject, under(toIssues(checked.error.issues)));
  const issues: Issue[] = [];
  const names = new Set<string>();
  const routes = plugins.flatMap(({ name, routes }, at) => {
    if (names.has(name)) issues.push({ path: [at, 'name'], message: `is "${name}", the name of an earlier plugin` });
    names.add(name);
    const known = new Set<string>();
    for (const [index, route] of routes.entries()) {
      const shape = `${route.method} ${shapeOf(route)}`;
      if (known.has(shape))
        issues.push({ path: [at, 'routes', index], message: `is "${shape}", like an earlier route` });
      known.add(shape);
    }
    return routes.map((route) => ({ ...route, path: `/plugins/${name}${route.path === '/' ? '' : route.path}` }));
  });
  if (issues.length > 0) throw new ConfigError(subject, under(issues));
  return routes;
}

function under(issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, path: ['plugins', ...issue.path] }));
}
