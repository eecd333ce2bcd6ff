/** Configuration from the environment: a table of variables for each package, all of them checked at once. */
import { z } from 'zod';
import { defined } from './defined.js';
import { ConfigError, formatPath, type Issue, toIssues } from './errors.js';
import { LOG_LEVELS } from './logger.js';
import { MAX_TIMER } from './timers.js';

const text = z.string();
const milliseconds = z.coerce.number().int().positive().max(MAX_TIMER);

/** `email-sending=10,data-sync=2` */
const concurrency = z
  .string()
  .regex(
    /^\s*[\w.-]+=0*[1-9]\d*\s*(,\s*[\w.-]+=0*[1-9]\d*\s*)*$/,
    'must look like "email-sending=10,data-sync=2", each at least 1',
  )
  .transform((value) =>
    Object.fromEntries(
      value.split(',').map((pair): [string, number] => {
        const [queue = '', count = ''] = pair.trim().split('=');
        return [queue, Number(count)];
      }),
    ),
  );

/**
 * Reads `email-sending=10,data-sync=2`.
 *
 * @throws {ConfigError} when it is not of that form
 */
export function parseConcurrency(value: string): Record<string, number> {
  const parsed = concurrency.safeParse(value);
  if (!parsed.success) throw new ConfigError('The concurrency is not right', toIssues(parsed.error.issues));
  return parsed.data;
}

/** One variable: what it may be, and what it is for. */
export interface EnvironmentVariable {
  /** Checks and turns its text. White space around it is cut off, and an empty one counts as absent. */
  readonly schema: z.ZodType;
  /** One sentence for people. */
  readonly about: string;
}

/** Variables by their names. Made by {@link defineEnvironment}. */
export type EnvironmentTable = Readonly<Record<string, EnvironmentVariable>>;

/** Where variables are read: `process.env`, or what stands in for it. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The checked values of one table, or of several, by variable. None is needed. */
export type ConfigOf<Tables extends readonly EnvironmentTable[]> = Tables extends readonly [
  infer First extends EnvironmentTable,
  ...infer Rest extends readonly EnvironmentTable[],
]
  ? { readonly [Name in keyof First]?: z.output<First[Name]['schema']> } & ConfigOf<Rest>
  : unknown;

/**
 * Defines the variables that a package reads. A processor carries them (`defineProcessor({ environment })`), so that they
 * are checked with all others when a worker starts, and listed by `bizinsights-jobs environment`.
 *
 * @example
 * ```ts
 * export const pagerEnvironment = defineEnvironment({
 *   PAGER_URL: { schema: z.url(), about: 'Where alerts are sent' },
 * });
 * const { PAGER_URL } = readConfig(process.env, pagerEnvironment);
 * ```
 */
export function defineEnvironment<const Table extends EnvironmentTable>(table: Table): Table {
  return Object.freeze(table);
}

/** The variables of core itself. */
export const ENVIRONMENT = defineEnvironment({
  NODE_ENV: {
    schema: text,
    about: 'Unless it is unset, "development" or "test", you must name a store: there is no default',
  },
  REDIS_URL: {
    schema: text,
    about:
      'Where the jobs are: redis://, rediss://, redis-cluster://, redis-sentinel://, postgres://, file:DIR or memory:',
  },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS), about: 'What is logged. Default: info' },
  JOBS_CONCURRENCY: { schema: concurrency, about: 'Jobs at a time by queue, such as "email-sending=10,data-sync=2"' },
  JOBS_STATS_INTERVAL: {
    schema: milliseconds,
    about: 'Time between two statistics lines of a worker, ms. Default: 30000',
  },
  JOBS_SHUTDOWN_TIMEOUT: {
    schema: milliseconds,
    about: 'What the end of a worker may take in all, ms. Default: 25000',
  },
  JOBS_LOCK_DURATION: {
    schema: milliseconds,
    about: 'For how long a dead worker keeps its jobs, ms. Default: 20000',
  },
  JOBS_STALLED_INTERVAL: {
    schema: milliseconds,
    about: 'Time between two looks for dead workers, ms. Default: 5000',
  },
  JOBS_MAX_STALLED_COUNT: {
    schema: z.coerce.number().int().min(0),
    about: 'Deaths of its worker that a job survives. Default: 2',
  },
});

/** The checked values of core's own variables. */
export type Config = ConfigOf<readonly [typeof ENVIRONMENT]>;

/**
 * Reads the variables of some tables; without any, core's own.
 *
 * @param variables by default the process's
 * @throws {ConfigError} listing every variable that is wrong, without its value.
 * @example
 * ```ts
 * const { JOBS_CONCURRENCY = {} } = readConfig();
 * ```
 */
export function readConfig(variables?: Variables): Config;
export function readConfig<const Tables extends readonly EnvironmentTable[]>(
  variables: Variables | undefined,
  ...tables: Tables
): ConfigOf<Tables>;
export function readConfig(variables: Variables = process.env, ...tables: readonly EnvironmentTable[]): object {
  const readings = (tables.length > 0 ? tables : [ENVIRONMENT]).map((table) => ({ table, variables }));
  checkEnvironment(readings);
  const set = readings.flatMap(readVariables).filter(({ isSet }) => isSet);
  return Object.fromEntries(set.map(({ name, value }) => [name, value]));
}

/** A table, and where its variables are read. */
export interface EnvironmentReading {
  readonly table: EnvironmentTable;
  readonly variables: Variables;
}

/** @throws {ConfigError} listing every variable of all tables that is wrong, without its value */
export function checkEnvironment(readings: readonly EnvironmentReading[]): void {
  const issues = readings.flatMap(readVariables).flatMap((variable) => variable.issues);
  // Two processors may have one table.
  const wrong = new Map(issues.map((issue) => [`${formatPath(issue.path)}: ${issue.message}`, issue]));
  if (wrong.size > 0) throw new ConfigError('The environment is not right', [...wrong.values()]);
}

/** A variable, and how it stands in the environment. Its value is not told: it may be a secret. */
export interface VariableState {
  readonly name: string;
  readonly about: string;
  readonly isSet: boolean;
  /** What is wrong with its value. Absent: nothing. */
  readonly problem?: string;
}

/** Each variable once, in the order of the tables. One that is read at several places is wrong when it is wrong at one. */
export function listEnvironment(readings: readonly EnvironmentReading[]): VariableState[] {
  const states = readings.flatMap(readVariables).map(({ name, about, isSet, issues: [issue] }): VariableState => {
    return { name, about, isSet, ...defined({ problem: issue?.message }) };
  });
  const byName = new Map<string, VariableState>();
  for (const state of states) {
    const before = byName.get(state.name);
    const problem = before?.problem ?? state.problem;
    byName.set(state.name, { ...state, isSet: state.isSet || before?.isSet === true, ...defined({ problem }) });
  }
  return [...byName.values()];
}

/** A variable as it was read. */
interface ReadVariable {
  readonly name: string;
  readonly about: string;
  readonly isSet: boolean;
  readonly value: unknown;
  readonly issues: readonly Issue[];
}

function readVariables({ table, variables }: EnvironmentReading): ReadVariable[] {
  return Object.entries(table).map(([name, { schema, about }]) => {
    const text = variables[name]?.trim();
    if (!text) return { name, about, isSet: false, value: undefined, issues: [] };
    const { data, error } = schema.safeParse(text);
    const issues = toIssues(error?.issues ?? []).map((issue) => ({ ...issue, path: [name, ...issue.path] }));
    return { name, about, isSet: true, value: data, issues };
  });
}
