/** How a failed attempt is logged: one line, whose level says whether the job is tried again. */
import { JobCancelledError } from '../errors.js';
import type { JobAttempt } from '../events.js';
import type { Logger } from '../logger.js';

/** Characters of a reason that stand in the line; the error is logged whole beside it. */
const MAX_REASON = 1_000;

export function logFailure(
  logger: Logger,
  { queue, id, attempt, maxAttempts }: JobAttempt,
  error: Error,
  isFinal: boolean,
): void {
  const fields = { queue, job: id, err: error };
  const which = `attempt ${attempt} of ${maxAttempts}`;
  const reason = error.message.replace(/\s+/g, ' ').trim().slice(0, MAX_REASON);
  if (!isFinal) {
    logger.warn(fields, `${which} failed: ${reason}`);
  } else if (error instanceof JobCancelledError) {
    // What somebody has asked for is no fault.
    logger.warn(fields, `job ${id} of ${queue} was cancelled (${which}): ${reason}`);
  } else {
    const command = `bizinsights-jobs job ${word(queue)} ${word(id)}`;
    logger.error(fields, `job ${id} of ${queue} failed permanently (${which}): ${reason}; to see it: ${command}`);
  }
}

/** A word of a command line, in quotes where a shell needs them. */
function word(text: string): string {
  if (/^\w[\w.@/+-]*$/.test(text)) return text;
  const quoted = `'${text.replaceAll("'", `'\\''`)}'`;
  return text.startsWith('-') ? `-- ${quoted}` : quoted;
}
