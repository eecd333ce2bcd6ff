/** `storeConformance`: the cases, by subject. */
import { fullReadCases } from './full-read-cases.js';
import { integrationCases } from './integration-cases.js';
import { oddRecordCases } from './odd-record-cases.js';
import { privacyCases } from './privacy-cases.js';
import { recordCases } from './record-cases.js';
import type { StoreCase, StoreUnderTest } from './store-under-test.js';

/**
 * The cases that a store has to pass.
 *
 * @param open the store; asked for by each case
 * @example
 * ```ts
 * for (const { name, run } of storeConformance(() => myStore)) it(name, run);
 * ```
 */
export function storeConformance(open: () => Promise<StoreUnderTest> | StoreUnderTest): StoreCase[] {
  return [...recordCases, ...oddRecordCases, ...fullReadCases, ...integrationCases, ...privacyCases].map(
    ({ name, check }) => ({
      name,
      run: async () => check(await open()),
    }),
  );
}
