import { defineConfig } from 'tsup';

export default defineConfig({
  target: 'node20',
  clean: false,
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  splitting: true,
});
