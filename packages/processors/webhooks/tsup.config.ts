import { defineConfig } from 'tsup';

const shared = { target: 'node20', clean: false } as const;

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', queue: 'src/queue.ts' },
    format: ['esm', 'cjs'],
    dts: true,
    splitting: true,
    // sucrase, which makes CommonJS of the parts, takes away the names of classes, and with them those of errors.
    keepNames: true,
  },
  // The command line is a program: one format is enough, and nobody imports its types.
  { ...shared, entry: { cli: 'src/cli/index.ts' }, format: ['esm'] },
]);
