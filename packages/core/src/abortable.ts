/**
 * What `work` gives, or the reason of the signal's abort. For calls that take no signal, such as a port of the host's: what
 * has begun goes on, but is no longer waited for, and nothing more is begun.
 *
 * @throws the reason of the signal, also when it has aborted before
 * @example
 * ```ts
 * const image = await abortable(job.signal, () => resize(job.data.imageId, 320));
 * ```
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
