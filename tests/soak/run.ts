/**
 * `npm run soak`: producers and workers under faults, and the ledger of what became of each job.
 *
 *   npm run soak                                   every fault, half a minute each
 *   npm run soak -- --minutes 5 redis-killed       this fault alone, again and again for five minutes
 *   npm run soak -- --seed 7                       with the random numbers of an earlier run
 */
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.js';
import { buildProgram } from './program.js';
import { explain, toTable } from './report.js';
import { type Outcome, runScenario } from './scenario.js';
import { Servers } from './servers.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '0.5' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !FAULTS.some((fault) => fault.name === name));
const duration = Number(values.minutes) * 60_000;
const seed = Number(values.seed);
if (values.help || unknown.length > 0 || !(duration >= 0) || !Number.isInteger(seed)) {
  for (const name of unknown) process.stderr.write(`There is no fault "${name}".\n`);
  process.stdout.write('npm run soak -- [--minutes N] [--seed N] [fault …]\n\n');
  for (const { name, about } of FAULTS) process.stdout.write(`  ${name.padEnd(28)}${about}\n`);
  process.exit(values.help ? 0 : 2);
}

// What goes on is told on stderr: stdout is for the table alone.
const say = (line: string) => process.stderr.write(`${line}\n`);
say(`seed ${seed}`);
const program = await buildProgram();
const servers = new Servers();
const outcomes: Outcome[] = [];
try {
  for (const fault of FAULTS) {
    if (positionals.length > 0 && !positionals.includes(fault.name)) continue;
    say(`${fault.name}: ${fault.about} …`);
    const outcome = await runScenario(fault, { servers, program, seed, duration });
    outcomes.push(outcome);
    const problems = explain(outcome);
    // Told at once, as a long run may be ended before its table.
    say(`${toTable([outcome])}\n${problems}`);
    if (problems !== '') process.exitCode = 1;
  }
} finally {
  await servers.close();
  program.remove();
}
process.stdout.write(`\n${toTable(outcomes)}\n\nseed ${seed}, ${values.minutes} minutes a fault\n`);
