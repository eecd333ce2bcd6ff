/** What a command is given, and what it answers. */

/** The flags of all commands. */
export interface Flags {
  readonly json?: boolean | undefined;
  readonly queues?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly limit?: string | undefined;
  readonly state?: string | undefined;
  readonly 'older-than'?: string | undefined;
  readonly queue?: string | undefined;
  readonly tag?: string | undefined;
  readonly pause?: string | undefined;
  readonly resume?: string | undefined;
  readonly run?: string | undefined;
}

/** What a command has found or done. */
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
