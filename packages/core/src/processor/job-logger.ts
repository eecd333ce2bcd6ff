/** The logger of one job: each line goes to the worker's log and is kept on the job. */
import type { ActiveJob } from '../engine/contract.js';
import type { Logger, LogMethod } from '../logger.js';
import { toJsonText } from '../queue/redact.js';
import { type Cleaner, storableText } from './presentable-error.js';

/** How long lines are gathered, to be kept in one round trip: a process that dies loses those of so long. ms */
const GATHER = 10;

/** Lines that are kept at once. */
const MOST = 500;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger whose kept lines can be waited for. */
export interface JobLogger extends Logger {
  /** Keeps what has been gathered. Resolves when all lines are kept; rejects with the first error in keeping one. */
  flush(): Promise<void>;
}

/** @param cleaner takes out what the queue's `redact` names; absent where nothing is */
export function createJobLogger(
  logger: Logger,
  active: Pick<ActiveJob, 'log'>,
  cleaner: Cleaner | undefined,
): JobLogger {
  // One batch after the other: BullMQ on PostgreSQL numbers the lines of a job, and two at once would get one number.
  let kept: Promise<void> = Promise.resolve();
  const waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let failure: unknown;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    kept = kept.then(async () => {
      while (waiting.length > 0) {
        try {
          // Of an attempt after which another one has begun, the lines are in the worker's log alone.
          await active.log(waiting.splice(0, MOST));
        } catch (error) {
          failure ??= error;
        }
      }
    });
  };
  const keep = (level: string, fields: object | undefined, message: string) => {
    const line = `${new Date().toISOString()} ${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`;
    waiting.push(storableText(line.trimEnd()));
    if (waiting.length >= MOST) write();
    else timer ??= setTimeout(write, GATHER).unref();
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
      write();
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
