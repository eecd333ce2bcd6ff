import { defineConfig } from 'tsup';

const shared = { target: 'node20', sourcemap: true, clean: false } as const;

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      'command-line': 'src/cli/command-line.ts',
      embedded: 'src/engine/embedded/engine.ts',
      http: 'src/http/index.ts',
      monitoring: 'src/monitoring/index.ts',
      testing: 'src/testing/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    splitting: true,
  },
  // The command line is a program: one format is enough, and nobody imports its types.
  { ...shared, entry: { cli: 'src/cli/index.ts' }, format: ['esm'] },
]);
