/** The GraphQL endpoint: checks, counts, runs. */
import { buildSchema, type DocumentNode, execute, type GraphQLError, getOperationAST, parse, validate } from 'graphql';
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

export function graphqlEndpoint({ shop, elapsed }: SandboxWorld): GraphqlEndpoint {
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
        rootValue: rootOf(shop),
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
