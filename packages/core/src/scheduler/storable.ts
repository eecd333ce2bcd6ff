/** Which data a schedule can have, on every engine. */

/** PostgreSQL reads JSON by recursion, and refuses what is nested deeper than its stack allows: some 6,000 levels. */
const DEEPEST = 1_000;

/** Why data can't be stored; undefined when it can. */
export function storageProblem(data: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    // A bigint, a circle, a `toJSON` that throws, or more levels than V8 goes down.
    return error instanceof RangeError ? tooDeep() : `${error instanceof Error ? error.message : error}`;
  }
  if (text === undefined) return data === undefined ? undefined : 'it is nothing that JSON can carry';
  return depthOf(text) > DEEPEST ? tooDeep() : undefined;
}

function tooDeep(): string {
  return `it is nested deeper than ${DEEPEST.toLocaleString('en')} levels`;
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
