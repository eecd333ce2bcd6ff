/** The kinds of values that the variables of templates are made of. */
import { z } from 'zod';

/** One line: what ends up in a header must not be able to begin another one. */
export const line = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line, without control characters');

/** Several lines. */
export const text = z
  .string()
  .min(1)
  .regex(/^[\P{Cc}\t\r\n]*$/u, 'must not have control characters besides tabs and line breaks');

export const link = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2_048);
export const time = z.iso.datetime({ offset: true });
export const figure = z.union([z.number(), line], { error: 'must be a number or a text of one line' });

/** A text as one line of a mail, such as a subject or a heading; undefined where nothing is left of it. */
export function asLine(given: string, length: number): string | undefined {
  return shorten(given.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim(), length) || undefined;
}

/** A text as the body of a mail takes it, with its line breaks; undefined where nothing is left of it. */
export function asText(given: string, length: number): string | undefined {
  return shorten(given.replace(/(?![\t\r\n])\p{Cc}/gu, ' ').trim(), length) || undefined;
}

/** Never between the halves of one character. */
export function shorten(given: string, length: number): string {
  return given.length <= length ? given : `${given.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
