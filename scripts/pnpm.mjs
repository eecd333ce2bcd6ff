// `node scripts/pnpm.mjs …` is pnpm for a machine that has only Node and npm. The scripts of package.json use it.
import { pnpm } from './steps.mjs';

process.exitCode = await pnpm(process.argv.slice(2));
