/** The logger of one job: each line goes to the worker's log and is kept on the job. */
import type { ActiveJob } from '../engine/engine.js';
import type { Logger, LogMethod } from '../logger.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger whose kept lines can be waited for. */
export interface JobLogger extends Logger {
  /** Resolves when all lines are kept; rejects with the first error in keeping one. */
  flush(): Promise<void>;
}

/**
 * @param clean takes out what the queue's `redact` names, from texts and from values
 */
export function createJobLogger(
  logger: Logger,
  active: ActiveJob,
  clean: { text(text: string): string; data(value: unknown): unknown },
): JobLogger {
  const pending = new Set<Promise<void>>();
  let failure: unknown;
  const keep = (level: string, fields: object | undefined, message: string) => {
    const line =
      `${new Date().toISOString()} ${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`.trimEnd();
    const write = active
      .log(line)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => pending.delete(write));
    pending.add(write);
  };

  const wrap = (target: Logger, bound: Record<string, unknown>): Logger => {
    const method =
      (level: (typeof LEVELS)[number]): LogMethod =>
      (first: object | string, second?: string) => {
        if (typeof first === 'string') {
          const message = clean.text(first);
          target[level](message);
          keep(level, Object.keys(bound).length > 0 ? bound : undefined, message);
        } else {
          const fields = cleanFields(first, clean);
          const message = clean.text(second ?? '');
          target[level](fields, message);
          keep(level, { ...bound, ...fields }, message);
        }
      };
    return {
      debug: method('debug'),
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
      child: (fields) => wrap(target.child(fields), { ...bound, ...fields }),
    };
  };

  return {
    ...wrap(logger, {}),
    async flush() {
      await Promise.all(pending);
      if (failure !== undefined) throw failure;
    },
  };
}

/** Errors become what can be written as JSON; every text in the fields is cleaned. */
function cleanFields(fields: object, clean: { text(text: string): string }): object {
  const text = JSON.stringify(fields, (_key, value: unknown) => {
    if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
    return typeof value === 'bigint' ? String(value) : value;
  });
  return JSON.parse(clean.text(text));
}
