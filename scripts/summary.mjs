// Runs steps one after the other, and says at the end what passed and names all that failed: of a long log often nothing
// but the end is kept. The last line is always `N passed, N failed`.
import { step } from './steps.mjs';

const FAILURES_SHOWN = 20;

/**
 * @typedef {object} Outcome
 * @property {number} code
 * @property {{ passed: number, failed: number, skipped: number }} [counts] of tests; a step that fails without a failed
 *   test counts as one
 * @property {string[]} [failures] a line each
 *
 * @typedef {object} Step
 * @property {string} title
 * @property {() => Promise<number | 'skipped' | Outcome>} action
 * @property {boolean} [isRequired] no later step is run when it has failed
 */

/**
 * @param {Step[]} steps
 * @returns {Promise<number>} the exit code
 */
export async function runSteps(steps) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const done = [];
  for (const [index, { title, action, isRequired }] of steps.entries()) {
    let outcome;
    const { code, seconds } = await step(index + 1, steps.length, title, async () => {
      const answer = await action();
      outcome = typeof answer === 'object' ? answer : { code: answer };
      return outcome.code;
    });
    done.push({ title, code, seconds });
    for (const [name, count] of Object.entries(outcome.counts ?? {})) total[name] += count;
    failures.push(...(outcome.failures ?? []));
    if (code === 0) continue;
    if (!outcome.counts?.failed) total.failed += 1;
    if (!outcome.failures?.length) failures.push(`${title}: exit code ${code}, its output above says why`);
    if (isRequired) break;
  }

  console.log('\nSummary');
  for (const { title, code, seconds } of done) {
    console.log(`  ${code === 0 ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${title}`);
  }
  for (const { title } of steps.slice(done.length)) {
    console.log(`  not run          ${title}, because "${done.at(-1).title}" failed`);
  }
  for (const failure of failures.slice(0, FAILURES_SHOWN)) console.log(`  FAILED ${failure}`);
  if (failures.length > FAILURES_SHOWN) console.log(`  … and ${failures.length - FAILURES_SHOWN} more`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  return done.find(({ code }) => code !== 0)?.code ?? 0;
}
