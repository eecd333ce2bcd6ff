/** A logger that keeps what it is told, as one text a line and as fields. */
import type { Logger, LogMethod } from '../../logger.js';

interface LoggedLine extends Record<string, unknown> {
  readonly level: string;
  readonly message: string;
}

export class CapturedLog {
  readonly lines: LoggedLine[] = [];
  readonly logger: Logger = this.#logger({});

  /** The first line whose message holds the text. */
  find(text: string): LoggedLine | undefined {
    return this.lines.find(({ message }) => message.includes(text));
  }

  /** All of it as a text, errors with their causes and stacks. */
  get text(): string {
    return this.lines.map((line) => JSON.stringify(line, writeErrors)).join('\n');
  }

  #logger(bound: Record<string, unknown>): Logger {
    const method =
      (level: string): LogMethod =>
      (first: object | string, second?: string) => {
        if (typeof first === 'string') this.lines.push({ ...bound, level, message: first });
        else this.lines.push({ ...bound, ...first, level, message: second ?? '' });
      };
    return {
      debug: method('debug'),
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
      child: (fields) => this.#logger({ ...bound, ...fields }),
    };
  }
}

/** For `JSON.stringify`: an error with all that a log may show of it. */
export function writeErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === 'bigint' ? String(value) : value;
  const { name, message, stack, cause } = value;
  return { ...value, name, message, stack, cause, ...('errors' in value ? { errors: value.errors } : {}) };
}
