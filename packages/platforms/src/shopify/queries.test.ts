// The queries, against the schema that Shopify publishes.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildClientSchema, type GraphQLSchema, isObjectType, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SHOPIFY_VERSION } from './client.js';
import * as queries from './queries.js';

const { SHOP, ORDERS, ORDER_ITEMS, ORDER_PAYMENTS, PRODUCTS, CUSTOMERS, SCOPES, without } = queries;

function published(): GraphQLSchema {
  // The package exports nothing but its program, so the file is found by its place.
  const path = `../../node_modules/@shopify/dev-mcp/dist/data/admin_${SHOPIFY_VERSION}.json.gz`;
  const { data, ...rest } = JSON.parse(gunzipSync(readFileSync(new URL(path, import.meta.url))).toString());
  return buildClientSchema(data ?? rest);
}

const schema = published();

describe.each([
  ['SHOP', SHOP],
  ['ORDERS', ORDERS],
  ['ORDER_ITEMS', ORDER_ITEMS],
  ['ORDER_PAYMENTS', ORDER_PAYMENTS],
  ['PRODUCTS', PRODUCTS],
  ['CUSTOMERS', CUSTOMERS],
  ['SCOPES', SCOPES],
  ['ORDERS without what an app may be refused', without(ORDERS, queries.OPTIONAL_OF_ORDERS)],
  ['CUSTOMERS without what an app may be refused', without(CUSTOMERS, queries.OPTIONAL_OF_CUSTOMERS)],
])('%s', (_name, query) => {
  it('fits the published schema', () => expect(validate(schema, parse(query))).toEqual([]));

  it('asks for nothing that is deprecated', () => {
    expect(deprecatedIn(query)).toEqual([]);
  });
});

it('an optional part is a part of its query', () => {
  for (const part of queries.OPTIONAL_OF_ORDERS) expect(ORDERS.split(part)).toHaveLength(2);
  for (const part of queries.OPTIONAL_OF_CUSTOMERS) expect(CUSTOMERS.split(part)).toHaveLength(2);
});

it('a wrong field would be found', () => {
  expect(validate(schema, parse(ORDERS.replace('displayFinancialStatus', 'financialStatus')))).toHaveLength(1);
  expect(deprecatedIn('{ customers(first: 1) { nodes { email } } }')).toEqual(['Customer.email']);
});

/** The types whose fields are asked for. */
const ASKED = [
  ...['QueryRoot', 'Order', 'LineItem', 'Product', 'Customer', 'AppInstallation', 'AccessScope'],
  ...['MailingAddress', 'CustomerJourneySummary', 'CustomerVisit', 'UTMParameters'],
];

/** The fields of a query that Shopify has deprecated. */
function deprecatedIn(query: string): string[] {
  const names = [...new Set(query.match(/\w+/g))];
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || !ASKED.includes(type.name)) return [];
    const fields = type.getFields();
    // Only where the type is asked for under this name at all: `email` of a customer, not of another.
    const mutant = (name: string) =>
      validate(schema, parse(query.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}_`)));
    return names
      .filter((name) => fields[name]?.deprecationReason != null)
      .filter((name) => mutant(name).some(({ message }) => message.includes(`on type "${type.name}"`)))
      .map((name) => `${type.name}.${name}`);
  });
}
