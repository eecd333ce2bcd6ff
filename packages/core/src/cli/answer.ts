/** What a command is given, and what it answers. */

/** The flags of all commands of `bizinsights-jobs`. */
export const FLAGS = [
  'queues',
  'concurrency',
  'limit',
  'state',
  'older-than',
  'queue',
  'tag',
  'pause',
  'resume',
  'run',
  'id',
  'delay',
] as const;
export type Flag = (typeof FLAGS)[number];

/** Those that have no value. */
export const SWITCHES = ['express', 'next', 'force'] as const;

/** The flags that were given. */
export type FlagsOf<Name extends string> = { readonly json?: boolean | undefined } & {
  readonly [One in Name]?: string | undefined;
};
export type Flags = FlagsOf<Flag>;

/** What a command has found or done: a value for `--json`, a text for people. */
export interface Answer {
  readonly value: unknown;
  readonly text: string;
  /** Something is wrong that the caller should see in the exit code. */
  readonly failed?: boolean;
}

/** Wrong words on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${flag} must be a whole number, not "${text}"`);
  return Number(text);
}
