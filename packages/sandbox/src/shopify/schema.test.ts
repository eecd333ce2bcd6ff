// The sandbox's part of the schema, against the one that Shopify publishes.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SHOPIFY_VERSION } from '@bizinsights/jobs-platforms/shopify';
import { buildClientSchema, buildSchema, type GraphQLSchema, isEnumType, isObjectType, isScalarType } from 'graphql';
import { expect, it } from 'vitest';
import { SCHEMA } from './schema.js';

function published(): GraphQLSchema {
  // The package exports nothing but its program, so the file is found by its place.
  const path = `../../node_modules/@shopify/dev-mcp/dist/data/admin_${SHOPIFY_VERSION}.json.gz`;
  const { data, ...rest } = JSON.parse(gunzipSync(readFileSync(new URL(path, import.meta.url))).toString());
  return buildClientSchema(data ?? rest);
}

const schema = published();

it('what the sandbox answers is a part of the published schema, with the same types', () => {
  const differences: string[] = [];
  for (const type of Object.values(buildSchema(SCHEMA).getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    const real = schema.getType(type.name);
    if (isObjectType(type) && isObjectType(real)) {
      const fields = real.getFields();
      for (const field of Object.values(type.getFields())) {
        const other = fields[field.name];
        if (String(other?.type) !== String(field.type)) differences.push(`${type.name}.${field.name}: ${other?.type}`);
        for (const argument of field.args) {
          const same = other?.args.find(({ name }) => name === argument.name);
          if (String(same?.type) !== String(argument.type))
            differences.push(`${type.name}.${field.name}(${argument.name})`);
        }
      }
    } else if (isEnumType(type) && isEnumType(real)) {
      const values = real.getValues().map(({ name }) => name);
      differences.push(
        ...type.getValues().flatMap(({ name }) => (values.includes(name) ? [] : [`${type.name}.${name}`])),
      );
    } else if (!isScalarType(type) || !isScalarType(real)) {
      differences.push(`${type.name}: ${real}`);
    }
  }
  expect(differences).toEqual([]);
});
