// `jobs.cache` is shared by all processes; `remember` loads a value once for all that ask at the same time.
import { createJobs, silentLogger } from '@bizinsights/jobs-core';

const jobs = createJobs({ connection: 'memory:', queues: [], logger: silentLogger });

// #region remember
async function fetchRates(): Promise<Record<string, number>> {
  console.log('fetches the rates');
  return { USD: 1.25 };
}
const readRates = () => jobs.cache.remember('rates', 60_000, fetchRates); // kept for a minute
// #endregion

const [first, second] = await Promise.all([readRates(), readRates()]);
console.log(first, second);
console.log(await readRates());

await jobs.cache.set('greeting:ann', 'Hello Ann', 60_000);
console.log(await jobs.cache.get('greeting:ann'), await jobs.cache.get('greeting:bob'));
await jobs.cache.delete('rates');
await readRates();

await jobs.close();

// Output:
// fetches the rates
// { USD: 1.25 } { USD: 1.25 }
// { USD: 1.25 }
// Hello Ann undefined
// fetches the rates
