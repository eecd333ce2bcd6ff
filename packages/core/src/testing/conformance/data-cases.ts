/** Cases of the contract: what is stored, what is refused, what earlier versions have left. */

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../defined.js';
import { ERROR_CODES, formatPath, type Issue } from '../../errors.js';
import { checkInput, readStored } from '../../queue/data.js';
import { type AnyQueueDefinition, defineQueue } from '../../queue/definition.js';
import { differences } from '../data-differences.js';
import { createTestJobs } from '../test-jobs.js';
import type { ConformanceCase, InvalidData, PluginUnderTest } from './plugin.js';

export function dataCases<Q extends AnyQueueDefinition>(plugin: PluginUnderTest<Q>): ConformanceCase[] {
  const { queue, validData, invalidData, olderData = [] } = plugin;
  return [
    { name: 'the queue is one that `defineQueue` takes', run: async () => checkDefinition(queue) },
    ...validData.map((data, index) => ({
      name: `valid data ${index + 1} is taken, and read back as it was`,
      run: () => checkStored(queue, data),
    })),
    ...invalidData.map((invalid, index) => ({
      name: `invalid data ${index + 1} is refused at ${invalid.path}, and nothing is enqueued`,
      run: () => checkRefused(queue, invalid),
    })),
    ...(queue.version > 1
      ? [
          {
            name: 'every earlier version has an example in `olderData`',
            run: async () => checkVersions(queue.version, olderData),
          },
        ]
      : []),
    ...olderData.map(({ version, data }, index) => ({
      name: `older data ${index + 1}, of version ${version}, is brought up to date`,
      run: async () => {
        await readStored(queue, asStored(data), { version, name: queue.name });
      },
    })),
  ];
}

/** A queue that was put together by hand may have a name that no route reaches. */
function checkDefinition(queue: AnyQueueDefinition): void {
  const { name, schema, result, tenant, fair, rateLimit, redact, version, migrate, maxRetryAfter } = queue;
  assert.ok(Object.isFrozen(queue), 'the queue was not made by `defineQueue`, or was changed since');
  defineQueue({
    name,
    schema,
    result,
    fair,
    redact,
    version,
    migrate,
    maxRetryAfter,
    ...defined({ tenant, rateLimit }),
  });
}

async function checkStored(queue: AnyQueueDefinition, data: unknown): Promise<void> {
  const jobs = createTestJobs({ queues: [queue] });
  await jobs.queue(queue).add(data);
  const [job] = jobs.enqueued(queue);
  const { output } = await checkInput(queue, data);
  const read = await readStored(queue, job?.data, queue);
  const lost = differences(read, output, sameInStore);
  assert.deepEqual(
    lost.map(({ path }) => formatPath(path)),
    [],
    'these fields come back from the store as something else',
  );
}

/** Equal, or the date whose text was expected. */
function sameInStore(actual: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(actual instanceof Date ? actual.toJSON() : actual, expected);
}

async function checkRefused(queue: AnyQueueDefinition, { data, path }: InvalidData): Promise<void> {
  const jobs = createTestJobs({ queues: [queue] });
  await assert.rejects(
    jobs.queue(queue).add(data),
    (error) => {
      if (!isDataError(error)) throw error;
      const paths = error.issues.map((issue) => formatPath(issue.path));
      assert.ok(paths.includes(path), `it is refused, but at ${paths.join(', ')} and not at ${path}`);
      return true;
    },
    'it is taken',
  );
  assert.deepEqual(jobs.enqueued(), []);
}

function isDataError(error: unknown): error is Error & { readonly issues: readonly Issue[] } {
  return error instanceof Error && 'code' in error && error.code === ERROR_CODES.JobDataError;
}

function checkVersions(current: number, older: readonly { readonly version: number }[]): void {
  const given = new Set(older.map(({ version }) => version));
  const missing = Array.from({ length: current - 1 }, (_, index) => index + 1).filter((version) => !given.has(version));
  assert.deepEqual(missing, [], '`olderData` has no example of these versions');
}

function asStored(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data));
}
