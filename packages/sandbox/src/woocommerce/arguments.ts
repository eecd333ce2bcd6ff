/** The arguments of WooCommerce's lists, each with its type and default, as WordPress checks them. */
import { z } from 'zod';

const whole = z
  .string()
  .regex(/^-?\d+$/, 'is not of type integer.')
  .transform(Number);
const between = (min: number, max: number) =>
  whole.refine((value) => value >= min && value <= max, `must be between ${min} (inclusive) and ${max} (inclusive)`);
const oneOf = (...values: readonly string[]) =>
  z.string().refine((value) => values.includes(value), `is not one of ${values.join(', ')}.`);

/** An ISO 8601 date; the zone is looked at later. */
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:?\d{2})?$/, 'Invalid date.');
const ids = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'is not of type integer.')
  .transform((text) => text.split(',').map(Number));
const boolean = z
  .enum(['true', 'false', '1', '0'], 'is not of type boolean.')
  .transform((text) => /^(true|1)$/.test(text));

const COMMON = {
  context: oneOf('view', 'edit').default('view'),
  page: whole.refine((value) => value >= 1, 'must be greater than or equal to 1').default(1),
  per_page: between(1, 100).default(10),
  offset: whole.optional(),
  include: ids.optional(),
  exclude: ids.optional(),
};
const MODIFIED = {
  after: date.optional(),
  before: date.optional(),
  modified_after: date.optional(),
  modified_before: date.optional(),
  dates_are_gmt: boolean.default(false),
};

const LISTS = {
  orders: z.object({
    ...COMMON,
    ...MODIFIED,
    order: oneOf('asc', 'desc').default('desc'),
    orderby: oneOf('date', 'id', 'include', 'title', 'slug', 'modified').default('date'),
    status: oneOf(
      'any',
      'pending',
      'processing',
      'on-hold',
      'completed',
      'cancelled',
      'refunded',
      'failed',
      'trash',
    ).default('any'),
    dp: whole.default(2),
  }),
  products: z.object({
    ...COMMON,
    ...MODIFIED,
    order: oneOf('asc', 'desc').default('desc'),
    orderby: oneOf('date', 'id', 'include', 'title', 'slug', 'modified', 'price', 'popularity', 'rating').default(
      'date',
    ),
    status: oneOf('any', 'draft', 'pending', 'private', 'publish', 'future').default('any'),
  }),
  customers: z.object({
    ...COMMON,
    order: oneOf('asc', 'desc').default('asc'),
    orderby: oneOf('id', 'include', 'name', 'registered_date').default('name'),
    email: z.string().optional(),
    role: oneOf('all', 'administrator', 'customer', 'subscriber', 'shop_manager').default('customer'),
  }),
} as const;

/** What a list is asked for. Times are epoch ms. */
export interface ListArguments {
  readonly page: number;
  readonly per_page: number;
  readonly offset?: number | undefined;
  readonly order: string;
  readonly orderby: string;
  readonly include?: readonly number[] | undefined;
  readonly exclude?: readonly number[] | undefined;
  readonly status?: string;
  readonly email?: string | undefined;
  readonly dp?: number;
  readonly times: Readonly<Record<'after' | 'before' | 'modified_after' | 'modified_before', number | undefined>>;
}

/** What is wrong, by the argument. */
export type WrongArguments = Readonly<Record<string, string>>;

type Read = { arguments: ListArguments; wrong?: undefined } | { arguments?: undefined; wrong: WrongArguments };

/**
 * @param zone the shop's, for times without one that are not said to be GMT
 */
export function readArguments(list: string, query: URLSearchParams, zone: string): Read {
  const schema = list === 'orders' ? LISTS.orders : list === 'products' ? LISTS.products : LISTS.customers;
  const { success, data, error } = schema.safeParse(Object.fromEntries(query));
  if (!success) {
    const wrong = error.issues.map(({ path, message }) => [String(path[0]), `${String(path[0])} ${message}`]);
    return { wrong: Object.fromEntries(wrong) };
  }
  const { after, before, modified_after, modified_before, dates_are_gmt = false } = { ...NO_TIMES, ...data };
  const moment = (text: string | undefined) => (text === undefined ? undefined : momentOf(text, dates_are_gmt, zone));
  const times = {
    after: moment(after),
    before: moment(before),
    modified_after: moment(modified_after),
    modified_before: moment(modified_before),
  };
  return { arguments: { ...data, times } };
}

const NO_TIMES: {
  readonly [Name in 'after' | 'before' | 'modified_after' | 'modified_before']?: string;
} & { readonly dates_are_gmt?: boolean } = {};

/**
 * WordPress turns a time with a zone into the shop's own, and one without a zone is taken as it is. With `dates_are_gmt`
 * the result is then compared with GMT, so that a "Z" shifts it by the shop's zone.
 */
function momentOf(text: string, areGmt: boolean, zone: string): number {
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const local = hasZone ? Date.parse(text) + offsetOf(zone) : Date.parse(`${text}Z`);
  return areGmt ? local : local - offsetOf(zone);
}

/** How far the shop's time is ahead of GMT, ms. Its zone has no summer time. */
export function offsetOf(zone: string): number {
  const at = new Date(0);
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(at);
  return Number(wall) * 3_600_000;
}
