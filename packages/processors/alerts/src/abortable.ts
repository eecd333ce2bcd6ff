/** Waits that end when the attempt is to end. */

/**
 * What `work` gives, or the reason of the signal's abort. The host's ports know no signal: what they have begun goes on,
 * and nothing more is begun.
 */
export async function abortable<T>(signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
