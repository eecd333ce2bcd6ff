// `npm run quickstart`: installs, builds and runs the quickstart, from a fresh clone. Needs Node and npm, no server and no setting.
import { answerHelp } from './help.mjs';
import { buildWhenChanged, install, pnpm, step } from './steps.mjs';

answerHelp(import.meta.url);

const QUICKSTART = '@bizinsights/example-quickstart';

const steps = [
  ['install', install],
  ['build the packages that the quickstart uses', () => buildWhenChanged(`${QUICKSTART}^...`)],
  ['run examples/quickstart', () => pnpm(['--filter', QUICKSTART, 'run', 'start'])],
];

for (const [index, [title, action]] of steps.entries()) {
  const { code } = await step(index + 1, steps.length, title, action);
  if (code !== 0) process.exit(code);
}
