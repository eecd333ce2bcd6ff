/**
 * Ends a worker's wait for its next delayed job on time.
 *
 * An idle Redis looks ten times a second whether a blocking command is over, so that it ends up to 100 ms late. Here a timer
 * of the worker sets BullMQ's marker, by which it is woken for any other job too.
 */
import type { IQueueBackend } from 'bullmq';
import { toError } from '../../errors.js';

/** A longer wait is late by little, compared with its length; and BullMQ's wait for any job takes 5 s. */
const LONG = 5;

/**
 * Changes a backend. Answers the same backend.
 *
 * @param wake sets the marker
 */
export function makePunctual(
  backend: IQueueBackend,
  wake: () => Promise<unknown>,
  onError: (error: Error) => void,
): IQueueBackend {
  const waitForJob = backend.waitForJob.bind(backend);
  backend.waitForJob = async (seconds) => {
    if (seconds >= LONG) return await waitForJob(seconds);
    const timer = setTimeout(() => wake().catch((error) => onError(toError(error))), Math.ceil(seconds * 1_000));
    try {
      return await waitForJob(seconds);
    } finally {
      clearTimeout(timer);
    }
  };
  return backend;
}
