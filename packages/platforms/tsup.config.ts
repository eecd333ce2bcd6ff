import { defineConfig } from 'tsup';

export default defineConfig({
  target: 'node20',
  clean: false,
  entry: {
    index: 'src/index.ts',
    shopify: 'src/shopify/index.ts',
    stripe: 'src/stripe/index.ts',
    'google-analytics': 'src/google-analytics/index.ts',
    'facebook-ads': 'src/facebook-ads/index.ts',
    woocommerce: 'src/woocommerce/index.ts',
    acceptance: 'src/acceptance/index.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  splitting: true,
  // sucrase, which makes CommonJS of the parts, takes away the names of classes, and with them those of errors.
  keepNames: true,
});
