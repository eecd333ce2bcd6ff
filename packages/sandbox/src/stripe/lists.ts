/** Lists as Stripe gives them ("Pagination"): newest first, by cursor, with the filters of each. */
import type { SandboxResponse } from '../platform.js';
import type { StripeObject } from './objects.js';

/** A refusal in Stripe's words ("Errors"). */
export class StripeError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: { readonly type?: string; readonly code?: string; readonly param?: string } = {},
  ) {
    super(message);
  }
}

export function refusal({ status, message, details }: StripeError): SandboxResponse {
  return { status, body: { error: { type: 'invalid_request_error', message, ...details } } };
}

/** A list, and what it can be asked. */
export interface StripeList<T extends StripeObject> {
  /** For messages: `charge`. */
  readonly noun: string;
  readonly path: string;
  /** Oldest first. */
  readonly items: readonly T[];
  /** Its own filters besides `created`, each by the name of its parameter. */
  readonly filters: Readonly<Record<string, (item: T, values: readonly string[]) => boolean>>;
}

const PAGING = ['limit', 'starting_after', 'ending_before'];
const CREATED: Readonly<Record<string, (created: number, bound: number) => boolean>> = {
  created: (created, bound) => created === bound,
  'created[gt]': (created, bound) => created > bound,
  'created[gte]': (created, bound) => created >= bound,
  'created[lt]': (created, bound) => created < bound,
  'created[lte]': (created, bound) => created <= bound,
};

export function listPage<T extends StripeObject>(list: StripeList<T>, parameters: URLSearchParams): unknown {
  const { items, filters, path } = list;
  // `types[]` and `types[0]` are the same.
  const given = new Map<string, string[]>();
  for (const [name, value] of parameters) {
    const plain = name.replace(/\[\d*\]$/, '[]');
    given.set(plain, [...(given.get(plain) ?? []), value]);
  }
  for (const name of given.keys()) {
    if (!PAGING.includes(name) && !(name in CREATED) && !(name in filters) && name !== 'expand[]') {
      throw new StripeError(400, `Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name });
    }
  }
  const limit = limitOf(given.get('limit')?.[0]);
  const fitting = items.filter((item) =>
    [...given].every(([name, values]) => {
      const bound = Number(values[0]);
      if (name in CREATED && !Number.isInteger(bound)) throw invalidInteger(name, values[0] ?? '');
      return CREATED[name]?.(item.created, bound) ?? filters[name]?.(item, values) ?? true;
    }),
  );
  const newestFirst = fitting.reverse();
  const [after, before] = [given.get('starting_after')?.[0], given.get('ending_before')?.[0]];
  if (after !== undefined && before !== undefined) {
    throw new StripeError(400, 'Received both starting_after and ending_before parameters. Please pass in only one.', {
      code: 'parameters_exclusive',
    });
  }
  const envelope = { object: 'list', url: path };
  if (before !== undefined) {
    // The page right above the named object, not the newest one.
    const above = newestFirst.slice(0, placeOf(list, newestFirst, before, 'ending_before').first);
    return { ...envelope, has_more: above.length > limit, data: above.slice(-limit) };
  }
  const below =
    after === undefined ? newestFirst : newestFirst.slice(placeOf(list, newestFirst, after, 'starting_after').next);
  return { ...envelope, has_more: below.length > limit, data: below.slice(0, limit) };
}

/** Where an object stands, or would: it need not fit the filters itself. */
function placeOf<T extends StripeObject>(
  { items, noun }: StripeList<T>,
  newestFirst: readonly T[],
  id: string,
  param: string,
): { first: number; next: number } {
  const rank = new Map(items.map((item, index) => [item.id, index]));
  const own = rank.get(id);
  if (own === undefined) throw missing(noun, id, param, 400);
  const rankOf = (item: T) => rank.get(item.id) ?? -1;
  const first = newestFirst.findIndex((item) => rankOf(item) <= own);
  const next = newestFirst.findIndex((item) => rankOf(item) < own);
  const end = newestFirst.length;
  return { first: first < 0 ? end : first, next: next < 0 ? end : next };
}

export function missing(noun: string, id: string, param: string, status: number): StripeError {
  return new StripeError(status, `No such ${noun}: '${id}'`, { code: 'resource_missing', param });
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return 10;
  const limit = Number(text);
  if (!Number.isInteger(limit)) throw invalidInteger('limit', text);
  if (limit >= 1 && limit <= 100) return limit;
  throw new StripeError(400, 'This value must be between 1 and 100.', {
    code: 'parameter_invalid_integer',
    param: 'limit',
  });
}

function invalidInteger(param: string, text: string): StripeError {
  return new StripeError(400, `Invalid integer: ${text}`, { code: 'parameter_invalid_integer', param });
}
