/**
 * Asks a host's port that insights can do without. What figures come from (`metrics`, `insights`) fails the job, which is
 * tried again. Everything else is left out when it fails or does not answer, with a line in the log: one bad port loses no
 * insight that does not need it.
 */
import { abortable, toError } from '@bizinsights/jobs-core';

/** So long one answer may take, ms: a language model words many findings in several calls. */
export const LONGEST_ANSWER = 300_000;

/**
 * Undefined where the port has failed.
 *
 * @param failed hears why
 * @throws what the signal was aborted with
 */
export async function askOptional<Answer>(
  signal: AbortSignal,
  ask: () => Promise<Answer>,
  failed: (error: Error) => void,
): Promise<Answer | undefined> {
  const late = new AbortController();
  const end = () => late.abort(new Error(`There was no answer within ${LONGEST_ANSWER / 60_000} minutes`));
  const timer = setTimeout(end, LONGEST_ANSWER);
  try {
    return await abortable(AbortSignal.any([signal, late.signal]), ask);
  } catch (error) {
    signal.throwIfAborted();
    failed(toError(error));
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
