/** How a command that goes on is ended. */

/** Aborts at SIGINT, SIGTERM or SIGHUP, or with the signal that was given. */
export function stopSignal(given: AbortSignal | undefined): AbortSignal {
  const end = new AbortController();
  const stop = () => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
    end.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  given?.addEventListener('abort', stop);
  return end.signal;
}
