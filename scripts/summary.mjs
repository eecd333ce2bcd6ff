// Runs steps one after the other, and says at the end what passed, where the time went, and names all that failed: of a long
// log often nothing but the end is kept. The last line is always `N passed, N failed`.
import { step } from './steps.mjs';

const FAILURES_SHOWN = 20;
const FILES_SHOWN = 10;

/**
 * @typedef {object} Failure
 * @property {string} text
 * @property {string} [again] the command that runs it again
 *
 * @typedef {object} Outcome
 * @property {number} code
 * @property {{ passed: number, failed: number, skipped: number }} [counts] of tests; a step that fails without a failed
 *   test counts as one
 * @property {Failure[]} [failures]
 * @property {{ project: string, file: string, ms: number }[]} [times] of test files
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
  const times = [];
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
    times.push(...(outcome.times ?? []));
    if (code === 0) continue;
    if (!outcome.counts?.failed) total.failed += 1;
    if (!outcome.failures?.length) failures.push(outputOf(title, code));
    if (isRequired) break;
  }

  console.log('\nSummary');
  for (const { title, code, seconds } of done) console.log(`  ${verdictOf(code)} ${inSeconds(seconds)}  ${title}`);
  for (const { title } of steps.slice(done.length)) {
    console.log(`  not run          ${title}, because "${done.at(-1).title}" failed`);
  }
  printTimes(times);
  for (const { text, again } of failures.slice(0, FAILURES_SHOWN)) {
    console.log(`  FAILED ${text}`);
    if (again) console.log(`         run it again: ${again}`);
  }
  if (failures.length > FAILURES_SHOWN) console.log(`  … and ${failures.length - FAILURES_SHOWN} more`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  return done.find(({ code }) => code !== 0)?.code ?? 0;
}

/**
 * Runs some actions at the same time, and says of each how it ended.
 *
 * @param {readonly (readonly [title: string, action: () => Promise<number | Outcome>])[]} actions
 * @param {number} atOnce how many run beside each other
 * @returns {Promise<Outcome>} of all of them; its code is that of the first that failed
 */
export async function runBeside(actions, atOnce) {
  const waiting = [...actions];
  const all = { code: 0, counts: { passed: 0, failed: 0, skipped: 0 }, failures: [], times: [] };
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [title, action] = next;
      const started = performance.now();
      const answer = await action();
      const { code, counts = {}, failures = [], times = [] } = typeof answer === 'object' ? answer : { code: answer };
      console.log(`    ${verdictOf(code)} ${inSeconds((performance.now() - started) / 1000)}  ${title}`);
      for (const [name, count] of Object.entries(counts)) all.counts[name] += count;
      all.failures.push(...failures);
      all.times.push(...times);
      if (code !== 0 && failures.length === 0) all.failures.push(outputOf(title, code));
      if (code !== 0 && !counts.failed) all.counts.failed += 1;
      all.code ||= code;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return all;
}

const verdictOf = (code) => (code === 0 ? 'ok    ' : 'FAILED');
const inSeconds = (seconds) => `${seconds.toFixed(1).padStart(6)} s`;
const outputOf = (title, code) => ({ text: `${title}: exit code ${code}, its output above says why` });

/** What the test files of each project took together, and those that took longest. */
function printTimes(times) {
  if (times.length === 0) return;
  const projects = new Map();
  for (const { project, ms } of times) {
    const { files, sum } = projects.get(project) ?? { files: 0, sum: 0 };
    projects.set(project, { files: files + 1, sum: sum + ms });
  }
  console.log('\nTime in test files, which run beside each other');
  for (const [project, { files, sum }] of projects) {
    console.log(`         ${inSeconds(sum / 1000)}  ${[project, `${files} files`].filter(Boolean).join(', ')}`);
  }
  for (const { file, ms } of [...times].sort((a, b) => b.ms - a.ms).slice(0, FILES_SHOWN)) {
    console.log(`         ${inSeconds(ms / 1000)}  ${file}`);
  }
}
