/** The logger of one job: each line goes to the worker's log and is kept on the job. */
import type { ActiveJob } from '../engine/contract.js';
import type { Logger, LogMethod } from '../logger.js';
import { toJsonText } from '../queue/redact.js';
import { type Cleaner, storableText } from './presentable-error.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger whose kept lines can be waited for. */
export interface JobLogger extends Logger {
  /** Resolves when all lines are kept; rejects with the first error in keeping one. */
  flush(): Promise<void>;
}

/** @param cleaner takes out what the queue's `redact` names; absent where nothing is */
export function createJobLogger(logger: Logger, active: ActiveJob, cleaner: Cleaner | undefined): JobLogger {
  // One after the other: BullMQ on PostgreSQL numbers the lines of a job, and two at once would get one number.
  let kept: Promise<void> = Promise.resolve();
  let failure: unknown;
  const keep = (level: string, fields: object | undefined, message: string) => {
    const line = `${new Date().toISOString()} ${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`;
    const text = storableText(line.trimEnd());
    kept = kept
      .then(async () => {
        // Of an attempt after which another one has begun, the line is in the worker's log alone.
        await active.log(text);
      })
      .catch((error: unknown) => {
        failure ??= error;
      });
  };

  const cleanText = (text: string) => (cleaner ? cleaner.text(text) : text);
  const wrap = (target: Logger, bound: Record<string, unknown>): Logger => {
    const method =
      (level: (typeof LEVELS)[number]): LogMethod =>
      (first: object | string, second?: string) => {
        if (typeof first === 'string') {
          const message = cleanText(first);
          target[level](message);
          keep(level, Object.keys(bound).length > 0 ? bound : undefined, message);
        } else {
          const fields = toFields(first, cleaner);
          const message = cleanText(second ?? '');
          target[level](fields, message);
          keep(level, { ...bound, ...fields }, message);
        }
      };
    return {
      debug: method('debug'),
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
      child(fields) {
        const cleaned = toFields(fields, cleaner);
        return wrap(target.child(cleaned), { ...bound, ...cleaned });
      },
    };
  };

  return {
    ...wrap(logger, {}),
    async flush() {
      await kept;
      if (failure !== undefined) throw failure;
    },
  };
}

/** What is logged is what is kept: a copy, as JSON has it. */
function toFields(fields: object, cleaner: Cleaner | undefined): Record<string, unknown> {
  const written = cleaner ? cleaner.value(fields) : JSON.parse(toJsonText(fields) ?? '{}');
  return typeof written === 'object' && written !== null ? { ...written } : { fields: written };
}
