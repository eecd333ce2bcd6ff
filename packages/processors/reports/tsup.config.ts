import { defineConfig } from 'tsup';

export default defineConfig({
  target: 'node20',
  // `import.meta.url` in CommonJS, to find the fonts.
  shims: true,
  clean: false,
  entry: { index: 'src/index.ts', queue: 'src/queue.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  splitting: true,
  // sucrase, which makes CommonJS of the parts, takes away the names of classes, and with them those of errors.
  keepNames: true,
});
