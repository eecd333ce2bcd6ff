/** Ends a process in order: what is open is closed once, however often the process is told to end. */
export function closeWithProcess(
  close: () => Promise<void>,
  signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
): void {
  let isClosing = false;
  const end = () => {
    // Ctrl-C reaches a process twice: from the terminal, and handed on by npm.
    if (isClosing) return;
    isClosing = true;
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, end);
  // The process that has started this one is gone.
  if (process.send) process.once('disconnect', end);
}
