import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

const require = createRequire(import.meta.url);

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Packages that a bundle gets from src/on-demand.ts, by what loads them there. */
const REQUIRED = { bullmq: 'loadBullmq', ioredis: 'loadIoredis' } as const;

/** Puts `const { Queue, … } = loadBullmq()` in the place of `import { Queue } from 'bullmq'`: src/on-demand.ts says why. */
const requiredPackages: Plugin = {
  name: 'required-packages',
  setup(build) {
    build.onResolve({ filter: /\/on-demand\.js$/ }, () => ({ path: './on-demand.cjs', external: true }));
    for (const [name, load] of Object.entries(REQUIRED)) {
      const names = Object.keys(require(name)).filter((key) => key !== 'default');
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ path }) => ({ path, namespace: 'required-packages' }));
      build.onLoad({ filter: new RegExp(`^${name}$`), namespace: 'required-packages' }, () => ({
        contents: `import { ${load} } from './on-demand.js';\nexport const { ${names.join(', ')} } = ${load}();`,
      }));
    }
  },
};

/** Leaves Node's own `require` of a CommonJS file in the place of one that is made, which bundlers don't see through. */
const ownRequire: Plugin = {
  name: 'own-require',
  setup(build) {
    build.onLoad({ filter: /\/on-demand\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/^.*\bcreateRequire\b.*$/gm, ''),
      loader: 'ts',
    }));
  },
};

/** A fifth of the package would be comments and indents. Names and lines stay, for stack traces. */
const SHORT = { minifyWhitespace: true, lineLimit: 250 } as const;

/** What names a function that is declared, and has its name anyway: a twentieth of the CommonJS files. */
const NAMES_OF_DECLARED = /[\w.]*\b__name(?:\.call\(void 0, |\()(\w+), "\1"\);/g;

/**
 * Shortens what is CommonJS when it is written. Not before: sucrase makes it, and takes `return(await x)?.y` without a
 * space for one word.
 */
const shortCommonJs: NonNullable<Options['plugins']>[number] = {
  name: 'short-common-js',
  async buildEnd({ writtenFiles }) {
    for (const { name } of writtenFiles.filter(({ name }) => name.endsWith('.cjs'))) {
      const written = (await readFile(name, 'utf8')).replace(NAMES_OF_DECLARED, '');
      const { code } = await transform(written, { ...SHORT, target: shared.target });
      await writeFile(name, code);
    }
  },
};

const shared = {
  target: 'node20',
  clean: false,
  esbuildOptions(options, { format }) {
    if (format === 'esm') Object.assign(options, SHORT);
    // The names of errors and other classes, which sucrase takes away.
    else options.keepNames = true;
  },
} satisfies Options;

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      define: 'src/define.ts',
      'command-line': 'src/cli/command-line.ts',
      embedded: 'src/engine/embedded/engine.ts',
      http: 'src/http/index.ts',
      monitoring: 'src/monitoring/index.ts',
      testing: 'src/testing/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    splitting: true,
    noExternal: Object.keys(REQUIRED),
    esbuildPlugins: [requiredPackages],
    plugins: [shortCommonJs],
  },
  // Its exports are found by what esbuild notes at its end.
  { ...shared, entry: { 'on-demand': 'src/on-demand.ts' }, format: ['cjs'], esbuildPlugins: [ownRequire] },
  // The command line is a program: one format is enough, and nobody imports its types.
  { ...shared, entry: { cli: 'src/cli/index.ts' }, format: ['esm'], esbuildPlugins: [requiredPackages] },
]);
