/**
 * What a query costs, in points ("Rate limits", "Cost calculation"): an object one, a connection two and its objects, a
 * scalar nothing. Before it runs, as if each connection were full; after it has run, by what came.
 */
import {
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** What an account's plan gives: the bucket, and what comes back each second. */
export const PLAN = { maximumAvailable: 20_000, restoreRate: 1_000, singleQuery: 1_000 } as const;

/** @param data the answer's; undefined before it runs */
export function costOf(
  schema: GraphQLSchema,
  { selectionSet }: OperationDefinitionNode,
  variables: Variables,
  data?: unknown,
): number {
  return costOfSelection(schema, 'QueryRoot', selectionSet, variables, data);
}

function costOfSelection(
  schema: GraphQLSchema,
  typeName: string,
  { selections }: SelectionSetNode,
  variables: Variables,
  data: unknown,
): number {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return 0;
  const fields = type.getFields();
  let sum = 0;
  for (const field of selections) {
    if (field.kind === Kind.INLINE_FRAGMENT)
      sum += costOfSelection(schema, typeName, field.selectionSet, variables, data);
    if (field.kind !== Kind.FIELD || !field.selectionSet) continue;
    const known = fields[field.name.value];
    if (!known) continue;
    const inner = getNamedType(known.type).name;
    const value = data === undefined ? undefined : fieldOf(data, field.alias?.value ?? field.name.value);
    if (value === null) continue;
    if (inner === 'PageInfo') continue;
    if (/(Edge)$/.test(inner) || field.name.value === 'nodes') {
      const items = value === undefined ? [undefined] : Array.isArray(value) ? value : [];
      const own = inner.endsWith('Edge') ? 0 : 1;
      for (const item of items) sum += own + costOfSelection(schema, inner, field.selectionSet, variables, item);
      continue;
    }
    const children = costOfSelection(schema, inner, field.selectionSet, variables, value);
    if (!inner.endsWith('Connection')) sum += 1 + children;
    else sum += 2 + children * (value === undefined ? sizeOf(field.arguments ?? [], variables) : 1);
  }
  return sum;
}

function sizeOf(
  args: readonly { name: { value: string }; value: { kind: string; value?: unknown; name?: unknown } }[],
  variables: Variables,
): number {
  const first = args.find(({ name }) => name.value === 'first')?.value;
  if (!first) return 0;
  if (first.kind === Kind.INT) return Number(first.value);
  const name = fieldOf(first.name, 'value');
  return typeof name === 'string' ? Number(variables[name] ?? 0) : 0;
}

function fieldOf(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
}

/** A leaky bucket, by a clock that runs. */
export function createBucket(elapsed: () => number) {
  let available: number = PLAN.maximumAvailable;
  let at = elapsed();
  const status = () => {
    available = Math.min(PLAN.maximumAvailable, available + ((elapsed() - at) / 1_000) * PLAN.restoreRate);
    at = elapsed();
    const { maximumAvailable, restoreRate } = PLAN;
    return { maximumAvailable, currentlyAvailable: Math.floor(available), restoreRate };
  };
  return {
    status,
    /** Whether there was enough; then it is taken. */
    take(points: number): boolean {
      if (status().currentlyAvailable < points) return false;
      available -= points;
      return true;
    },
    giveBack(points: number): void {
      available += points;
    },
  };
}
