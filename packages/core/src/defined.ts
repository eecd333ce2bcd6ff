/** Values without those that are undefined. */
export type Defined<Values extends object> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/**
 * Leaves out what is undefined: for options and answers in which a field is there or is not.
 *
 * @example
 * ```ts
 * const { name, tenant }: { name: string; tenant?: string | undefined } = { name: 'nightly' };
 * console.log({ name, ...defined({ tenant }) }); // { name: 'nightly' }
 * ```
 */
export function defined<Values extends object>(values: Values): Defined<Values>;
export function defined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
