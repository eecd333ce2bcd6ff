// `npm test`: every check that must pass before a change is merged. For one test: npx vitest run FILE -t 'part of a name'
import { answerHelp } from './help.mjs';
import { build, install, pnpm, root, tool } from './steps.mjs';
import { runBeside, runSteps } from './summary.mjs';
import { runVitest } from './vitest.mjs';

answerHelp(import.meta.url);

/** Projects of vitest.config.ts. */
const vitest = (...projects) =>
  runVitest(
    root,
    projects.flatMap((project) => ['--project', project]),
  );

/** The checks that run no code of ours. */
const CHECKS = [
  // The packages, benchmarks and tests are one program (tsconfig.json); these are checked by themselves.
  ['types', () => tool('tsc', ['-p', '.'], { quiet: true })],
  [
    'types of the Next.js adapter and the examples',
    () =>
      pnpm(
        [
          ...['-r', '--workspace-concurrency=1', '--filter', './packages/adapters-next', '--filter', './examples/**'],
          ...['run', 'typecheck'],
        ],
        { quiet: true },
      ),
  ],
  ['lint', () => tool('biome', ['check', '--error-on-warnings', '.'], { quiet: true })],
  ['unused code', () => tool('knip', [], { quiet: true })],
  ['import rules', () => tool('depcruise', ['.'], { quiet: true })],
];

// Without an install, a build and right types the tests have nothing to say. Both kinds of tests always run.
process.exitCode = await runSteps([
  { title: 'install', action: install, isRequired: true },
  { title: 'build', action: () => build('./packages/**'), isRequired: true },
  // At most two at a time: the machine we must fit has two cores.
  { title: 'check: types, lint, unused code, import rules', action: () => runBeside(CHECKS, 2), isRequired: true },
  { title: 'test', action: () => vitest('pure', 'engines', 'soak') },
  { title: 'test the packages as npm delivers them', action: () => vitest('packaging') },
  { title: 'test the app in a browser', action: () => vitest('app') },
]);
