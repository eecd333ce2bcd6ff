/** Indents the built types by tabs, which makes the package smaller. It runs after tsup, which writes them last. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const output = join(import.meta.dirname, 'dist');
// The command line is a program, which is not imported.
await Promise.all(['cli.d.ts', 'cli.d.cts'].map((name) => rm(join(output, name), { force: true })));
const files = (await readdir(output)).filter((name) => /\.d\.c?ts$/.test(name));
await Promise.all(
  files.map(async (name) => {
    const file = join(output, name);
    const types = await readFile(file, 'utf8');
    await writeFile(
      file,
      types.replace(/^(?: {4})+/gm, (indent) => '\t'.repeat(indent.length / 4)),
    );
  }),
);
