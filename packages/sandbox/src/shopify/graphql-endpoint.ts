/** The GraphQL endpoint: checks, counts, runs. */
import {
  buildSchema,
  type DocumentNode,
  defaultFieldResolver,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { z } from 'zod';
import type { SandboxResponse, SandboxWorld } from '../platform.js';
import { costOf, createBucket, PLAN } from './cost.js';
import { rootOf } from './nodes.js';
import { SCHEMA } from './schema.js';

const requestForm = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

export interface GraphqlEndpoint {
  answer(body: string): Promise<SandboxResponse>;
  throttled(requestedQueryCost: number): SandboxResponse;
}

/** The scope that each field of the root needs. */
const SCOPES: Readonly<Record<string, string>> = {
  order: 'read_orders',
  orders: 'read_orders',
  product: 'read_products',
  products: 'read_products',
  customer: 'read_customers',
  customers: 'read_customers',
};

export function graphqlEndpoint({ elapsed, ...world }: SandboxWorld): GraphqlEndpoint {
  const schema = buildSchema(SCHEMA);
  const bucket = createBucket(elapsed);

  function throttled(requestedQueryCost: number): SandboxResponse {
    const extensions = { code: 'THROTTLED', documentation: 'https://shopify.dev/api/usage/rate-limits' };
    return {
      body: {
        errors: [{ message: 'Throttled', extensions }],
        extensions: { cost: { requestedQueryCost, actualQueryCost: null, throttleStatus: bucket.status() } },
      },
    };
  }

  /** "GraphQL error codes": who lacks a scope, or an approval, is refused the field, with its path. */
  const resolve: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
    const { scopes, refusedFields } = world.grants;
    const { fieldName, parentType } = info;
    const scope = parentType.name === 'QueryRoot' ? SCOPES[fieldName] : undefined;
    if (scope !== undefined && !scopes.includes(scope)) {
      throw denied(`Access denied for ${fieldName} field. Required access: \`${scope}\` access scope.`);
    }
    if (refusedFields.includes(`${parentType.name}.${fieldName}`)) {
      throw denied(`This app is not approved to use the ${fieldName} field.`);
    }
    return defaultFieldResolver(source, args, context, info);
  };

  return {
    throttled,
    async answer(body) {
      const request = requestForm.safeParse(tryJson(body)).data;
      if (!request) return { status: 400, body: { errors: { query: 'Required parameter missing or invalid' } } };
      const document = tryParse(request.query);
      if ('errors' in document) return { body: document };
      const problems = validate(schema, document);
      if (problems.length > 0) return { body: { errors: problems.map(toError) } };
      const operation = getOperationAST(document, request.operationName);
      if (!operation) return { body: { errors: [{ message: 'No operation named so' }] } };

      const variables = request.variables ?? {};
      const requestedQueryCost = costOf(schema, operation, variables);
      if (requestedQueryCost > PLAN.singleQuery) return tooExpensive(requestedQueryCost);
      if (!bucket.take(requestedQueryCost)) return throttled(requestedQueryCost);
      const result = await execute({
        schema,
        document,
        rootValue: rootOf(world),
        fieldResolver: resolve,
        variableValues: variables,
        operationName: request.operationName ?? null,
      });
      const actualQueryCost = costOf(schema, operation, variables, result.data);
      bucket.giveBack(requestedQueryCost - actualQueryCost);
      const cost = { requestedQueryCost, actualQueryCost, throttleStatus: bucket.status() };
      const errors = result.errors?.map(toError);
      return { body: { data: result.data, ...(errors ? { errors } : {}), extensions: { cost } } };
    },
  };
}

function denied(message: string): GraphQLError {
  const documentation = 'https://shopify.dev/docs/apps/launch/protected-customer-data';
  return new GraphQLError(message, { extensions: { code: 'ACCESS_DENIED', documentation } });
}

function tooExpensive(cost: number): SandboxResponse {
  const message = `Query cost is ${cost}, which exceeds the single query max cost limit (${PLAN.singleQuery}).`;
  const extensions = { code: 'MAX_COST_EXCEEDED', cost, maxCost: PLAN.singleQuery };
  return { body: { errors: [{ message, extensions }] } };
}

function tryParse(query: string): DocumentNode | { readonly errors: readonly unknown[] } {
  try {
    return parse(query);
  } catch (error) {
    return { errors: [{ message: error instanceof Error ? error.message : 'a syntax error' }] };
  }
}

function toError({ message, locations, path, extensions }: GraphQLError) {
  return { message, locations, path, extensions };
}

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
