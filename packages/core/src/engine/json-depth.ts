/**
 * How deep contents may be nested, on every engine. Data that is deeper is refused before anything is done. What comes of
 * work that is done is kept without what is deeper: refused, the work would be done again for nothing.
 */

/** PostgreSQL reads JSON by recursion, and refuses what is nested deeper than its stack allows: some 6,000 levels. */
const DEEPEST = 1_000;

/** What stands in the place of what is nested too deep. */
const LEFT_OUT = '[nested too deep]';

// Written out: toLocaleString() would load the data of all locales, 7 MB in each process.
export const TOO_DEEP = 'it is nested deeper than 1,000 levels';

/** Why a JSON text can't be stored; undefined when it can. */
export function depthProblem(json: string): string | undefined {
  // So many levels take so many signs that open, and as many that close.
  return json.length > 2 * DEEPEST && depthOf(json) > DEEPEST ? TOO_DEEP : undefined;
}

/** Of a JSON text. Without recursion: it is about texts for which that would not do. */
function depthOf(json: string): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let index = 0; index < json.length; index++) {
    const sign = json[index];
    if (isText) {
      if (sign === '\\') index += 1;
      else if (sign === '"') isText = false;
    } else if (sign === '"') isText = true;
    else if (sign === '{' || sign === '[') deepest = Math.max(deepest, ++depth);
    else if (sign === '}' || sign === ']') depth -= 1;
  }
  return deepest;
}

/** The value itself where it is not too deep; else a copy without what is. One that holds itself stays as it is. */
export function withoutDepth(value: unknown): unknown {
  if (!isDeep(value)) return value;
  try {
    JSON.stringify(value);
  } catch (error) {
    // A circle, or something that JSON has no form for: those who store it say so.
    if (!(error instanceof RangeError)) return value;
  }
  return cut(value, 1);
}

function isDeep(value: unknown): boolean {
  if (!isContainer(value)) return false;
  // The deepest first: a circle is found before it has been gone round many times.
  const stack: { readonly of: object; readonly depth: number }[] = [{ of: value, depth: 1 }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next.depth > DEEPEST) return true;
    for (const part of Object.values(next.of)) if (isContainer(part)) stack.push({ of: part, depth: next.depth + 1 });
  }
  return false;
}

function cut(value: unknown, depth: number): unknown {
  if (!isContainer(value)) return value;
  if (depth > DEEPEST) return LEFT_OUT;
  if (Array.isArray(value)) return value.map((item) => cut(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cut(item, depth + 1)]));
}

/** What has a form of its own in JSON, such as a date, has no parts. */
function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}
