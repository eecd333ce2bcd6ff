// `npm start`: from a fresh clone to the running quickstart. Needs Node and npm, no server and no setting.
import { buildWhenChanged, install, pnpm, step } from './steps.mjs';

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
