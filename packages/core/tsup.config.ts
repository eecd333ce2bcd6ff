import { createRequire } from 'node:module';
import { defineConfig, type Options } from 'tsup';

const require = createRequire(import.meta.url);

const shared = { target: 'node20', clean: false } satisfies Options;

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * What stands in a bundle for `import … from 'bullmq'`: the same module, loaded as src/on-demand.ts says. It has only
 * files of CommonJS, of which Node would read each one twice.
 */
const REQUIRED = { bullmq: 'loadBullmq', ioredis: 'loadIoredis' } as const;

const requiredPackages: Plugin = {
  name: 'required-packages',
  setup(build) {
    build.onResolve({ filter: /\/on-demand\.js$/ }, () => ({ path: './on-demand.cjs', external: true }));
    for (const [name, load] of Object.entries(REQUIRED)) {
      const names = Object.keys(require(name)).filter((key) => key !== 'default');
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: 'required-packages' }));
      build.onLoad({ filter: new RegExp(`^${name}$`), namespace: 'required-packages' }, () => ({
        contents: `import { ${load} } from './on-demand.js';\nexport const { ${names.join(', ')} } = ${load}();`,
        loader: 'js',
      }));
    }
  },
};

/** In CommonJS `require` is there: without the one that is made, bundlers see what is required. */
const ownRequire: Plugin = {
  name: 'own-require',
  setup(build) {
    build.onLoad({ filter: /on-demand\.ts$/ }, async ({ path }) => {
      const { readFile } = await import('node:fs/promises');
      const source = await readFile(path, 'utf8');
      return { contents: source.replace(/^(import .*createRequire.*|const require = .*)$/gm, ''), loader: 'ts' };
    });
  },
};

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      define: 'src/define.ts',
      'command-line': 'src/cli/command-line.ts',
      embedded: 'src/engine/embedded/engine.ts',
      monitoring: 'src/monitoring/index.ts',
      testing: 'src/testing/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    splitting: true,
    noExternal: Object.keys(REQUIRED),
    esbuildPlugins: [requiredPackages],
  },
  { ...shared, entry: { 'on-demand': 'src/on-demand.ts' }, format: ['cjs'], esbuildPlugins: [ownRequire] },
  // The command line is a program: one format is enough, and nobody imports its types.
  { ...shared, entry: { cli: 'src/cli/index.ts' }, format: ['esm'], esbuildPlugins: [requiredPackages] },
]);
