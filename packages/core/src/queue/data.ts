/** Job data at the border: checked when a job is added, migrated and checked again when it runs. */
import type { z } from 'zod';
import { $ZodAsyncError } from 'zod/v4/core';
import { type Issue, JobDataError, JobResultError, PermanentError, toIssues } from '../errors.js';
import type { AnyQueueDefinition } from './definition.js';
import { containsAsync } from './json-schema-check.js';
import { createRedactor } from './redact.js';
import { keptRateKey, tenantName } from './tenant.js';

type Parsed = { readonly data: unknown } | { readonly issues: Issue[] };

/** What its migrations have to know of a stored job. */
export interface StoredVersion {
  readonly version: number;
  readonly name: string;
}

/** Data that has been checked. */
export interface CheckedInput {
  /** What to store: the checked output, or the input where the schema transforms it. */
  readonly stored: unknown;
  /** As a processor would get it. */
  readonly output: unknown;
  /** Whose it is, by the queue's `tenant`; empty where it is nobody's. */
  readonly tenant: string;
  /** By what its rate is limited, where that is not the same for all jobs of the queue. */
  readonly rate: string | undefined;
}

/** @throws {JobDataError} when it does not fit */
export async function checkInput(queue: AnyQueueDefinition, data: unknown): Promise<CheckedInput> {
  return toChecked(queue, data, await checked(queue, data));
}

/** Like {@link checkInput} for a schema without asynchronous checks: `undefined` when it has some. No promise made. */
export function checkInputNow(queue: AnyQueueDefinition, data: unknown): CheckedInput | undefined {
  const parsed = parseNow(queue.schema, data);
  if (parsed === undefined) return undefined;
  if ('issues' in parsed) throw notValid(queue, data, parsed.issues);
  return toChecked(queue, data, parsed.data);
}

/** Checks many, and lists the problems of all of them at once, each path beginning with the entry's index. */
export async function checkInputs(queue: AnyQueueDefinition, entries: readonly { readonly data: unknown }[]) {
  const results: CheckedInput[] = [];
  const issues: Issue[] = [];
  for (const [index, { data }] of entries.entries()) {
    const parsed = parseNow(queue.schema, data) ?? (await parseLater(queue.schema, data));
    const refuse = (found: readonly Issue[]) =>
      issues.push(...found.map((issue) => ({ ...issue, path: [index, ...issue.path] })));
    if ('issues' in parsed) {
      refuse(createRedactor(queue.redact).issues(parsed.issues, data));
      continue;
    }
    try {
      results.push(toChecked(queue, data, parsed.data));
    } catch (error) {
      if (!(error instanceof JobDataError)) throw error;
      refuse(error.issues);
    }
  }
  if (issues.length > 0) {
    throw new JobDataError(`Data for queue "${queue.name}" is not valid; nothing was added`, issues);
  }
  return results;
}

/**
 * Brings stored data up to date and checks it.
 *
 * @param job the version that the data was stored with, and the job's name
 * @throws {JobDataError} when it does not fit; {@link PermanentError} when it cannot be migrated.
 */
export function readStored(queue: AnyQueueDefinition, data: unknown, job: StoredVersion): unknown {
  if (job.version === queue.version) {
    const parsed = parseNow(queue.schema, data);
    if (parsed !== undefined && 'data' in parsed) return parsed.data;
  }
  return migrate(queue, data, job).then((migrated) => checked(queue, migrated));
}

/**
 * Like {@link readStored}, for a look at a job that is not run. Undefined for what does not fit, and where a schema or a
 * migration answers with a promise.
 */
export function lookAtStored(
  queue: AnyQueueDefinition,
  stored: unknown,
  { version, name }: StoredVersion,
): { readonly data: unknown } | undefined {
  if (version > queue.version) return undefined;
  let data = stored;
  try {
    for (let from = version; from < queue.version; from++) {
      data = queue.migrate[from]?.(data, { name });
      if (data instanceof Promise) {
        data.catch(() => undefined);
        return undefined;
      }
    }
    const parsed = parseNow(queue.schema, data);
    return parsed && 'data' in parsed ? parsed : undefined;
  } catch {
    // The host's own code, on data that it was not written for.
    return undefined;
  }
}

/** The processor's return value as the queue's `result` schema gives it, or as it is without one. */
export function checkResult(queue: AnyQueueDefinition, value: unknown): unknown {
  if (!queue.result) return value;
  const parsed = parseNow(queue.result, value);
  if (parsed !== undefined && 'data' in parsed) return parsed.data;
  return (async () => {
    const later = parsed ?? (await parseLater(queue.result, value));
    if ('data' in later) return later.data;
    throw new JobResultError(
      `The processor of queue "${queue.name}" returned a result that its schema refuses`,
      later.issues,
    );
  })();
}

function toChecked(queue: AnyQueueDefinition, input: unknown, output: unknown): CheckedInput {
  const tenant = tenantName(queue, output);
  return { stored: storable(queue, input, output), output, tenant, rate: keptRateKey(queue, output) };
}

/** What of the data is stored. */
function storable(queue: AnyQueueDefinition, input: unknown, output: unknown): unknown {
  const stored = queue.storesInput ? input : output;
  if (stored !== undefined && stored !== null) return stored;
  // JSON has no word for undefined, and BullMQ's PostgreSQL backend gives {} back for null.
  const message = `is ${stored}, which cannot be stored as the data of a job; use an object, which may be empty`;
  throw new JobDataError(`Data for queue "${queue.name}" can't be stored`, [{ path: [], message }]);
}

async function checked(queue: AnyQueueDefinition, data: unknown): Promise<unknown> {
  const parsed = parseNow(queue.schema, data) ?? (await parseLater(queue.schema, data));
  if ('data' in parsed) return parsed.data;
  throw notValid(queue, data, parsed.issues);
}

/** Whoever has sent the data may not be the one who reads the error: it says nothing of what `redact` names. */
function notValid(queue: AnyQueueDefinition, data: unknown, issues: readonly Issue[]): JobDataError {
  const shown = createRedactor(queue.redact).issues(issues, data);
  return new JobDataError(`Data for queue "${queue.name}" is not valid`, shown);
}

async function migrate(queue: AnyQueueDefinition, stored: unknown, { version, name }: StoredVersion): Promise<unknown> {
  if (version > queue.version) {
    throw new PermanentError(
      `Queue "${queue.name}": the job was enqueued with version ${version} of its data, and this worker knows version ` +
        `${queue.version}. Deploy the newer worker, then retry the job.`,
    );
  }
  let data = stored;
  for (let from = version; from < queue.version; from++) {
    try {
      data = await queue.migrate[from]?.(data, { name });
    } catch (error) {
      throw new PermanentError(`Queue "${queue.name}": migrate[${from}] failed on the job's data`, { cause: error });
    }
  }
  return data;
}

/** Whether a schema has asynchronous parts: seen in it, or met when it was used. */
const asynchronous = new WeakMap<z.ZodType, boolean>();

function parseNow(schema: z.ZodType, data: unknown): Parsed | undefined {
  let isAsync = asynchronous.get(schema);
  if (isAsync === undefined) {
    isAsync = containsAsync(schema);
    asynchronous.set(schema, isAsync);
  }
  if (isAsync) return undefined;
  try {
    const parsed = schema.safeParse(data);
    return parsed.success ? { data: parsed.data } : { issues: toIssues(parsed.error.issues) };
  } catch (error) {
    if (!(error instanceof $ZodAsyncError)) throw error;
    asynchronous.set(schema, true);
    return undefined;
  }
}

async function parseLater(schema: z.ZodType, data: unknown): Promise<Parsed> {
  const parsed = await schema.safeParseAsync(data);
  return parsed.success ? { data: parsed.data } : { issues: toIssues(parsed.error.issues) };
}
