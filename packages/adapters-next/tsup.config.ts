import { defineConfig } from 'tsup';

export default defineConfig({
  target: 'node20',
  clean: false,
  entry: { index: 'src/index.ts', config: 'src/config.ts' },
  format: ['esm', 'cjs'],
  dts: true,
});
