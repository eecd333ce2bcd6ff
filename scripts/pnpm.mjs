// `node scripts/pnpm.mjs …` is pnpm for a machine that has only Node and npm. The scripts of package.json use it.
import { pnpm } from './steps.mjs';

// In the folder of the caller, as pnpm itself: `cd packages/core && node ../../scripts/pnpm.mjs add zod`.
process.exitCode = await pnpm(process.argv.slice(2), { cwd: process.cwd() });
