import { defineConfig } from 'tsup';

export default defineConfig({
  target: 'node20',
  clean: false,
  entry: { index: 'src/index.ts', conformance: 'src/conformance/index.ts' },
  format: ['esm', 'cjs'],
  // Hosts don't construct the parts of a store, and the types of Drizzle that they take compile only beside the drivers of all
  // databases.
  dts: { compilerOptions: { stripInternal: true } },
  splitting: true,
  // sucrase, which makes CommonJS of the parts, takes away the names of classes, and with them those of errors.
  keepNames: true,
});
