/** What may end a worker process: signals, and uncaught errors. */

/** What to do then. `reason` is for the log. */
export interface ProcessEnd {
  /** Drain, then exit with this code. */
  drain(reason: string, exitCode: number): void;
  /** A second signal: don't wait any longer. */
  hurry(reason: string): void;
  /** An uncaught error: log it; `drain` is called next. */
  fatal(error: unknown, origin: string): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Listens until the returned function is called. */
export function onProcessEnd(end: ProcessEnd): () => void {
  let draining = false;
  const handleSignal = (signal: NodeJS.Signals) => {
    if (draining) end.hurry(signal);
    else end.drain(signal, 0);
    draining = true;
  };
  const handleError = (error: unknown, origin: string) => {
    end.fatal(error, origin);
    // The exit code is that of the first reason to end; an error while draining is logged and does not hurry it.
    if (!draining) end.drain(origin, 1);
    draining = true;
  };
  const handleRejection = (reason: unknown) => handleError(reason, 'unhandledRejection');
  for (const signal of SIGNALS) process.on(signal, handleSignal);
  process.on('uncaughtException', handleError);
  process.on('unhandledRejection', handleRejection);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handleSignal);
    process.off('uncaughtException', handleError);
    process.off('unhandledRejection', handleRejection);
  };
}
