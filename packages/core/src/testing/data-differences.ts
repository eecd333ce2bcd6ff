/** Compares what a test expects with what was stored, field by field. */

/** A field that is not as expected. */
export interface Difference {
  readonly path: readonly PropertyKey[];
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Equality of the test runner: knows its asymmetric matchers, such as `expect.any(String)`. */
export type Equals = (actual: unknown, expected: unknown) => boolean;

/**
 * The fields of `expected` that `actual` does not have like that. Fields that only `actual` has do not count; lists
 * must be of the same length. `undefined` means that the field is absent, and a `Date` the text that JSON makes of it.
 */
export function differences(
  actual: unknown,
  expected: unknown,
  equals: Equals,
  path: readonly PropertyKey[] = [],
): Difference[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return [{ path, expected, actual }];
    return expected.flatMap((item, index) => differences(actual[index], item, equals, [...path, index]));
  }
  if (isPlainObject(expected)) {
    if (typeof actual !== 'object' || actual === null) return [{ path, expected, actual }];
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(Object.hasOwn(actual, key) ? Reflect.get(actual, key) : undefined, value, equals, [...path, key]),
    );
  }
  const stored = expected instanceof Date ? expected.toJSON() : expected;
  return equals(actual, stored) ? [] : [{ path, expected: stored, actual }];
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
