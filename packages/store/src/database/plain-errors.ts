/**
 * Errors of the store without what was to be stored: Drizzle puts a statement's parameters into its message, and
 * PostgreSQL its rows into `detail`. An error goes into logs, onto a job and to whoever may see that job, and those are
 * names and addresses of other people's customers.
 */
import { DrizzleQueryError } from 'drizzle-orm';

/** The same object, whose methods fail with plain errors. */
export function withPlainErrors<Part extends object>(part: Part): Part {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => plain(Reflect.apply(member, target, given));
    },
  });
}

function plain(answer: unknown): unknown {
  if (isThenable(answer)) {
    return Promise.resolve(answer).catch((error: unknown) => {
      throw toPlain(error);
    });
  }
  return isIterable(answer) ? plainSteps(answer) : answer;
}

async function* plainSteps(steps: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* steps;
  } catch (error) {
    throw toPlain(error);
  }
}

/** Drizzle's queries are none of `Promise`. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Others are ours, and hold nothing. */
export function toPlain(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  const { cause } = error;
  const message = cause instanceof AggregateError ? String(cause.errors[0]?.message) : cause?.message;
  const plainError = new Error(`The store has failed: ${message ?? 'for no known reason'}`);
  // By which a host tells a lost connection from a broken rule.
  const code: unknown = cause && 'code' in cause ? cause.code : undefined;
  return code === undefined ? plainError : Object.assign(plainError, { code });
}
