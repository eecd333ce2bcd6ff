// `npm run soak`: the tests that take minutes, in their long form; run it before a release. First it runs producers and
// workers under each fault (tests/soak/run.ts), then the soak tests with more rounds than in `npm test`. Arguments go to
// the former, and then only that runs.
import { build, install, pnpm, root } from './steps.mjs';
import { runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

/** Makes the soak tests take their long form. */
process.env.SOAK = 'long';

const given = process.argv.slice(2);
const faults = () => pnpm(['--filter', '@bizinsights/soak', 'run', 'soak', ...given]);

if (given.length > 0) process.exitCode = await faults();
else {
  process.exitCode = await runSteps([
    { title: 'install', action: install, isRequired: true },
    { title: 'build', action: () => build('./packages/**'), isRequired: true },
    { title: 'every fault, half a minute each', action: faults },
    { title: 'the soak tests, in their long form', action: () => runVitest(root, ['--project', 'soak']) },
  ]);
}
