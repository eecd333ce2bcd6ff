/**
 * A schedule: recurring work as data. Each of its fields is one entry of `scheduleFields`, and everything else follows:
 * the types, the checks, the record in the store, the fingerprint, what the monitoring API takes and shows.
 */
import { z } from 'zod';
import { MAX_DELAY } from '../engine/bounds.js';
import type { AnyQueueDefinition, DataInput } from './definition.js';
import { cronShape, everyShape, timezoneShape } from './rhythm.js';

/** `Date` and ISO 8601 texts of four digits agree from here to {@link LAST_TIME}, and every store holds them. Epoch ms. */
const FIRST_TIME = 0;
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** In the index of a store a line is one name. Half of a surrogate pair (Cs) is no text that every store can keep apart. */
export const ONE_LINE = /^[^\p{Cc}\p{Cs}]+$/u;
export const NAME_RULE = 'well-formed text without line breaks';

/** One that says nothing of a time would be read in the zone of whichever machine reads it. */
const timeText = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** `2026-02-30` is a date for `new Date`, which makes 2 March of it; not so for zod. */
const timeShape = z.union([z.date(), z.int(), timeText], {
  error: 'must be a date that there is: a Date, epoch ms, or a text like 2026-03-29T02:00:00Z or 2026-03-29',
});

/** A point in time: a `Date`, epoch ms, or an ISO 8601 text with an offset (`2026-03-29T02:00:00+01:00`) or of a day. */
export type ScheduleTime = z.input<typeof timeShape>;

const time = {
  given: timeShape
    .transform((at) => new Date(at).getTime())
    .refine((at) => at >= FIRST_TIME && at <= LAST_TIME, 'must be from 1970 to 9999')
    .optional(),
  sent: z.union([z.number(), z.string()]),
  kept: z.number().optional(),
};

/** One field of a schedule. */
interface Field {
  /** What is given: checked, and turned into what is kept, with its default. */
  readonly given: z.ZodType;
  /** The same in a JSON body, by its type alone: the scheduler checks it, and names every problem. */
  readonly sent: z.ZodType;
  /** What the scheduler relies on in a record. Wider than what is given: another release may have written it. */
  readonly kept: z.ZodType;
  /** For the monitoring API's document. */
  readonly about: string;
}

/** Every field but the key, the queue and its data, in the order in which they are shown. */
export const scheduleFields = {
  /** Time between two runs, ms: at least 1,000. This or `cron`. */
  every: {
    given: everyShape().optional(),
    sent: z.number(),
    kept: z.number().positive().optional(),
    about: 'Time between two runs, ms; this or `cron`.',
  },
  /** An expression of five fields, or six with seconds. This or `every`. */
  cron: {
    given: cronShape.optional(),
    sent: z.string(),
    kept: z.string().optional(),
    about: 'A cron expression of five fields, or six with seconds; this or `every`.',
  },
  /** IANA name of the zone that `cron` is read in, such as `Europe/Berlin`. Default `UTC`. */
  timezone: {
    given: timezoneShape.default('UTC'),
    sent: z.string(),
    kept: z.string(),
    about: 'IANA name of the time zone of `cron`.',
  },
  /**
   * Spreads the runs of many keys with one rhythm evenly over so many ms, each key at its own place in them, which it
   * keeps. At most `every`, or a day. Default 0.
   */
  jitter: {
    given: z.number().min(0).max(MAX_DELAY).default(0),
    sent: z.number(),
    kept: z.number().min(0),
    about: 'ms over which the runs of many keys are spread.',
  },
  /** No run before. An `every` counts from here; without it, from 1970-01-01T00:00Z. */
  startAt: { ...time, about: 'No run before this time.' },
  /** No run from then on. */
  endAt: { ...time, about: 'No run from this time on.' },
  /**
   * What becomes of a run while the one before has not ended, its further attempts included: `skip` leaves it out,
   * `allow` runs both. Default `skip`.
   */
  overlap: {
    given: z.enum(['skip', 'allow']).default('skip'),
    sent: z.enum(['skip', 'allow']),
    kept: z.enum(['skip', 'allow']),
    about: 'What happens to a run while the previous one has not ended.',
  },
  /**
   * What becomes of a run that comes too late, as nobody worked: `one` runs it once, however many were missed; `none`
   * waits for the next one. Too late is later than the next slot, or than an hour. Default `one`.
   */
  catchUp: {
    given: z.enum(['none', 'one']).default('one'),
    sent: z.enum(['none', 'one']),
    kept: z.enum(['none', 'one']),
    about: 'What happens to missed runs.',
  },
  /** No runs until it is resumed. Default false. */
  paused: {
    given: z.boolean().default(false),
    sent: z.boolean(),
    kept: z.boolean(),
    about: 'No runs until it is resumed.',
  },
  /** Of its jobs: see `JobOptions`. Not for a `fair` queue. */
  priority: {
    given: z.number().optional(),
    sent: z.number(),
    kept: z.number().optional(),
    about: 'The priority of its jobs.',
  },
  /** To find it by. At most 20, without line breaks. */
  tags: {
    given: z
      .array(z.string().max(128).regex(ONE_LINE, `must be ${NAME_RULE}`))
      .max(20)
      .readonly()
      .transform((tags): readonly string[] => [...new Set(tags)])
      .default([]),
    sent: z.array(z.string()),
    kept: z.array(z.string()).readonly(),
    about: 'Tags to find it by.',
  },
} as const satisfies Record<string, Field>;

type Fields = typeof scheduleFields;
export type ScheduleField = keyof Fields;

/** Every field's shape for one purpose. */
function columnOf<Column extends 'given' | 'sent' | 'kept'>(
  column: Column,
): { readonly [Name in ScheduleField]: Fields[Name][Column] } {
  const shapes = Object.entries(scheduleFields).map(([name, field]) => [name, field[column].describe(field.about)]);
  // `Object.fromEntries` forgets which shape belongs to which name.
  return Object.fromEntries(shapes) as { readonly [Name in ScheduleField]: Fields[Name][Column] };
}

export const givenFields = columnOf('given');
export const keptFields = columnOf('kept');
export const sentFields = z.object(columnOf('sent')).partial().shape;

/** What a caller may say of a schedule; absent is the default. */
type GivenFields = { readonly [Name in ScheduleField]?: Exclude<z.input<Fields[Name]['given']>, undefined> };

/** The fields as they are kept: nothing is left open, and times are epoch ms. */
export type KeptFields = Readonly<z.output<z.ZodObject<{ [Name in ScheduleField]: Fields[Name]['kept'] }>>>;

interface ScheduleOptions extends Omit<GivenFields, 'every' | 'cron'> {
  /** Unique in the store, at most 256 characters. The same key again is the same schedule. */
  readonly key: string;
}

/** How often: either `every` so many ms (at least 1,000), or by a cron expression of five fields, or six with seconds. */
type ScheduleRhythm =
  | { readonly every: number; readonly cron?: undefined }
  | { readonly cron: string; readonly every?: undefined };

/** What a schedule without its queue is: what `defineProcessor({ schedules })` takes, whose queue is known. */
export type ScheduleOfQueue<Q extends AnyQueueDefinition> = ScheduleOptions &
  ScheduleRhythm & {
    /** Of each of its jobs. Checked by the queue's schema when the schedule is written. */
    readonly data: DataInput<Q>;
  };

/**
 * A schedule: what to run, how often, and how.
 *
 * @example
 * ```ts
 * const schedule: Schedule<typeof syncQueue> = {
 *   key: `sync:${integration.id}`,
 *   queue: syncQueue,
 *   data: { id: integration.id },
 *   every: 2 * 3_600_000,
 *   jitter: 2 * 3_600_000,
 * };
 * ```
 */
export type Schedule<
  Q extends AnyQueueDefinition = AnyQueueDefinition,
  Reference = Q | Q['name'],
> = ScheduleOfQueue<Q> & {
  /** By its definition or its name. */
  readonly queue: Reference;
};

/** A schedule of one of several queues. */
export type ScheduleOf<Q extends AnyQueueDefinition> = Q extends AnyQueueDefinition ? Schedule<Q> : never;

/** Many at once, or one after the other as they are read. */
export type Schedules<One> = Iterable<One> | AsyncIterable<One>;
