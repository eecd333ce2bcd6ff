/** What a caller from JavaScript passes in the place of what the types say: named in errors, and checked. */
import { ArgumentError, ProcessorDefinitionError } from '@bizinsights/jobs-core';
import { z } from 'zod';

/** Characters of a text in an error. */
const LONGEST_SHOWN = 40;

/** How an error names a value: short, a text apart from a number, and without calling a method of it, which may throw. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a Date';
  if (value instanceof Promise) return 'a Promise, which has to be awaited';
  return isObject(value) ? 'an object' : String(value);
}

export function isObject<Value>(value: Value): value is Value & object {
  return typeof value === 'object' && value !== null;
}

/** @throws ArgumentError for options that are no object, as a list is none */
export function checkOptions(call: string, options: unknown, example: string): void {
  if (isObject(options) && !Array.isArray(options)) return;
  throw new ArgumentError(`The options of ${call} are ${shownValue(options)}: give an object such as ${example}`);
}

/** @throws ArgumentError for what is no range of days with a locale, as calendars are asked for */
export function checkAsked(call: string, asked: unknown): void {
  checkOptions(call, asked, "{ from: '2026-11-01', to: '2026-11-30', locale: 'en', timeZone: 'UTC' }");
  const { from, to, locale }: { from?: unknown; to?: unknown; locale?: unknown } = Object(asked);
  for (const [name, day] of Object.entries({ from, to })) {
    if (z.iso.date().safeParse(day).success) continue;
    throw new ArgumentError(`\`${name}\` of ${call} is ${shownValue(day)}: give a day such as 2026-11-24`);
  }
  if (typeof locale === 'string') return;
  throw new ArgumentError(`\`locale\` of ${call} is ${shownValue(locale)}: give one such as de-DE`);
}

/** The names of those that are no methods of a host's port. */
export function missingMethods(port: unknown, methods: readonly string[]): readonly string[] {
  return methods.filter((name) => !isObject(port) || typeof Reflect.get(port, name) !== 'function');
}

/** @throws ArgumentError for a port of organizations that has not these methods */
export function checkOrganizations(call: string, organizations: unknown, methods: readonly string[]): void {
  const missing = missingMethods(organizations, methods);
  if (missing.length === 0) return;
  const what = isObject(organizations) ? `has no method ${missing.join(', ')}` : `is ${shownValue(organizations)}`;
  throw new ArgumentError(`\`organizations\` of ${call} ${what}: give store.organizations`);
}

/** The ports of a processor by their names, each with the methods that it has to have. */
export type NeededPorts = Readonly<Record<string, readonly string[]>>;

/** @throws {ProcessorDefinitionError} for a port that is missing, or has not the methods that it needs */
export function checkPorts(processor: string, options: unknown, needed: NeededPorts): void {
  const [first = ''] = Object.keys(needed);
  if (!isObject(options)) {
    const names = Object.keys(needed).map((name) => `\`${name}\``);
    throw new ProcessorDefinitionError(
      `The options of ${processor} are ${shownValue(options)}: give an object with ${names.join(' and ')}, such as { ${first}: store.${first}, … }`,
    );
  }
  for (const [name, methods] of Object.entries(needed)) {
    const port: unknown = Reflect.get(options, name);
    if (!isObject(port)) {
      throw new ProcessorDefinitionError(
        `\`${name}\` of ${processor} is ${shownValue(port)}: give an object with the methods ${methods.join(', ')}`,
      );
    }
    const missing = missingMethods(port, methods);
    if (missing.length > 0) {
      throw new ProcessorDefinitionError(`\`${name}\` of ${processor} has no method ${missing.join(', ')}`);
    }
  }
}
