/**
 * Looks into a zod schema, when a queue is defined, for what a stored job cannot carry.
 *
 * Job data is stored as JSON. A `z.date()` accepts a `Date` when the job is added and then refuses the string that
 * comes back when it runs; a `Map` comes back as `{}`. Better to hear of it at definition than at night.
 */
import type { z } from 'zod';

/** Types whose values JSON turns into something else, and what to use instead. `z.coerce.date()` is fine. */
const LOST_IN_JSON: Readonly<Record<string, string>> = {
  date: 'z.date() comes back from the store as a string; use z.iso.datetime() or z.coerce.date()',
  bigint: 'z.bigint() cannot be written as JSON; use z.string() or z.int()',
  map: 'z.map() comes back from the store as {}; use z.record() or an array of pairs',
  set: 'z.set() comes back from the store as {}; use z.array()',
  symbol: 'z.symbol() cannot be written as JSON',
  nan: 'z.nan() comes back from the store as null',
  function: 'a function cannot be stored',
  promise: 'a promise cannot be stored',
  file: 'a file cannot be stored in a job; store it elsewhere and put its key into the job',
};

/** The problems of a schema, each with its path. */
export function checkJsonSchema(schema: z.ZodType): string[] {
  const problems: string[] = [];
  walk(schema, '', new Set(), (def, path) => {
    const problem = LOST_IN_JSON[def.type];
    const coerces = 'coerce' in def && def.coerce === true && def.type !== 'bigint';
    if (problem && !coerces) problems.push(path ? `${problem} (at "${path}")` : problem);
  });
  return problems;
}

/** Whether the schema's output differs from its input in more than defaults and clean-up, so that it may not be parsed twice. */
export function containsTransform(schema: z.ZodType): boolean {
  let found = false;
  walk(schema, '', new Set(), (def) => {
    if (def.type === 'pipe' || def.type === 'transform') found = true;
  });
  return found;
}

/**
 * Whether a function of the schema is asynchronous, as far as that can be seen without calling it. Finding out by a
 * synchronous attempt leaves a promise behind whose rejection nobody handles.
 */
export function containsAsync(schema: z.ZodType): boolean {
  let found = false;
  const isAsync = (value: unknown) => typeof value === 'function' && value.constructor.name === 'AsyncFunction';
  walk(
    schema,
    '',
    new Set(),
    (def) => {
      if (isAsync(def.fn) || isAsync(def.transform)) found = true;
    },
    ['in', 'out'],
  );
  return found;
}

interface Definition {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Visits a schema and all in it; of a pipe, unless told otherwise, the input side only: that is what is stored. */
function walk(
  value: unknown,
  path: string,
  seen: Set<object>,
  visit: (def: Definition, path: string) => void,
  sides: readonly ('in' | 'out')[] = ['in'],
): void {
  const def = definitionOf(value);
  if (!def || seen.has(def)) return;
  seen.add(def);
  visit(def, path);
  const children: [unknown, string][] = [];
  const at = (key: string) => (path ? `${path}.${key}` : key);
  if (def.type === 'object' && typeof def.shape === 'object' && def.shape !== null) {
    for (const [key, child] of Object.entries(def.shape)) children.push([child, at(key)]);
  }
  if (Array.isArray(def.options)) for (const option of def.options) children.push([option, path]);
  if (Array.isArray(def.items)) for (const [index, item] of def.items.entries()) children.push([item, at(`${index}`)]);
  if (def.type === 'lazy' && typeof def.getter === 'function') children.push([def.getter(), path]);
  if (Array.isArray(def.checks)) for (const check of def.checks) children.push([check, path]);
  for (const key of ['innerType', 'left', 'right', ...sides]) children.push([def[key], path]);
  for (const key of ['element', 'keyType', 'valueType', 'rest', 'catchall']) children.push([def[key], at('*')]);
  for (const [child, childPath] of children) walk(child, childPath, seen, visit, sides);
}

function definitionOf(value: unknown): Definition | undefined {
  if (typeof value !== 'object' || value === null || !('_zod' in value)) return undefined;
  const internals = value._zod;
  if (typeof internals !== 'object' || internals === null || !('def' in internals)) return undefined;
  return isDefinition(internals.def) ? internals.def : undefined;
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
