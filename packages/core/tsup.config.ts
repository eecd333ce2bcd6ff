import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

const require = createRequire(import.meta.url);

/** The command line, of which there is one format: it is not imported. */
const PROGRAM = 'cli.js';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Packages that a bundle gets from src/on-demand.ts, by what loads them there. */
const REQUIRED = { bullmq: 'loadBullmq', ioredis: 'loadIoredis' } as const;

/**
 * Files of CommonJS alone, which both formats load: src/on-demand.ts says why it is one, and the long texts of the engines
 * would be in the package twice.
 */
const IN_BOTH = {
  entry: {
    'on-demand': 'src/on-demand.ts',
    'redis-scripts': 'src/engine/redis/scripts/index.ts',
    'postgres-sql': 'src/engine/postgres/sql/index.ts',
  },
  format: ['cjs'],
} satisfies Options;

/** Leaves {@link IN_BOTH} out of what imports it. */
const loadedByBoth: Plugin = {
  name: 'loaded-by-both',
  setup(build) {
    const names = new Map(
      Object.entries(IN_BOTH.entry).map(([name, source]) => [join(import.meta.dirname, source), name]),
    );
    build.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, resolveDir }) => {
      const name = names.get(join(resolveDir, path.replace(/js$/, 'ts')));
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
};

/** Puts `const all = loadBullmq(), Queue = all.Queue` in the place of `import { Queue } from 'bullmq'`: src/on-demand.ts says why. */
const requiredPackages: Plugin = {
  name: 'required-packages',
  setup(build) {
    for (const [name, load] of Object.entries(REQUIRED)) {
      const names = Object.keys(require(name)).filter((key) => key !== 'default');
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ path }) => ({ path, namespace: 'required-packages' }));
      // One by one, so that those that are not used are left out: each name would be a line of every bundle.
      const contents = [
        `import { ${load} } from './on-demand.js';`,
        `const all = ${load}();`,
        ...names.map((key) => `export const ${key} = /* @__PURE__ */ (() => all.${key})();`),
      ].join('\n');
      build.onLoad({ filter: new RegExp(`^${name}$`), namespace: 'required-packages' }, () => ({
        contents,
        resolveDir: join(import.meta.dirname, 'src'),
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

/** Shortens the texts in the files that both formats load. Their exports are found by what esbuild notes at its end. */
async function shortenTexts(output: string): Promise<void> {
  for (const name of Object.keys(IN_BOTH.entry)) {
    const file = join(output, `${name}.cjs`);
    const code = await readFile(file, 'utf8');
    if (SCRIPTS.test(code)) await writeFile(file, shortScripts(code));
  }
}

/** A fifth of the package would be comments and indents. Lines stay, for stack traces. */
const SHORT = { minifyWhitespace: true, minifySyntax: true, lineLimit: 2_000 } as const;

const COMMON_JS = { ...SHORT, format: 'cjs', platform: 'node', target: 'node20' } as const;

/** Shortens what esbuild has left, and makes the CommonJS files of it. */
async function finish(output: string): Promise<void> {
  const modules = (await readdir(output)).filter((name) => name.endsWith('.js'));
  const written = await Promise.all(modules.map((name) => readFile(join(output, name), 'utf8')));
  // A module that only passes on what others export, and is imported by two entries, becomes an empty file.
  const empty = modules.filter((_name, index) => written[index] === '');
  await Promise.all([
    ...empty.map((name) => rm(join(output, name))),
    ...modules.map(async (name, index) => {
      const code = empty.reduce((text, gone) => text.replace(`import"./${gone}";`, ''), written[index] ?? '');
      // The program shows no stack traces.
      if (name === PROGRAM) {
        const { code: program } = await transform(code, { ...SHORT, format: 'esm', minifyIdentifiers: true });
        await writeFile(join(output, name), program);
        return;
      }
      if (code !== '') await writeFile(join(output, name), SCRIPTS.test(code) ? shortScripts(code) : code);
    }),
  ]);
  await writeCommonJs(output);
}

/** Files with Lua or SQL, which may be indented and has lines that are comments. */
const SCRIPTS = /\bredis\.call\b|\bbizinsights_jobs\./;

/** Code begins no line with a space or a comment any more. */
const shortScripts = (code: string): string => code.replace(/\n[ \t]+/g, '\n').replace(/\n-- .*(?=\n)/g, '');

/** What esbuild begins a file of exports with, and how it ends it: functions that copy them, where no import needs them. */
const COPIED = /^(?:(?!__toESM=)[\s\S])*?var stdin_exports=\{\};__export\(stdin_exports,/;
const EXPORTED =
  'var __export=(target,all)=>{for(var name in all)Object.defineProperty(target,name,{get:all[name],enumerable:!0})};' +
  'Object.defineProperty(exports,"__esModule",{value:!0});__export(exports,';

/** A sixth of a kilobyte a file, in the place of one. */
function exportAtOnce(code: string): string {
  if (!COPIED.test(code)) return code;
  return code.replace(COPIED, EXPORTED).replace('module.exports=__toCommonJS(stdin_exports);', '');
}

/** `i_0`, `i_1`, … in the place of esbuild's names of what is imported: 1,500 of them. */
function shortNames(): (name: string) => string {
  const names: string[] = [];
  return (name) => {
    if (!names.includes(name)) names.push(name);
    return `i_${names.indexOf(name).toString(36)}`;
  };
}

/**
 * Writes the CommonJS files from the others, over those of tsup, which has them made by sucrase: that writes `?.` and `??` as
 * functions, takes the names of classes away, and makes them a tenth longer.
 */
async function writeCommonJs(output: string): Promise<void> {
  const files = await readdir(output);
  const modules = files.filter((name) => name.endsWith('.js') && name !== PROGRAM);
  const wanted = new Map(modules.map((name) => [name.replace(/js$/, 'cjs'), name]));
  await Promise.all(
    files
      .filter(
        (name) =>
          name.endsWith('.cjs') && !wanted.has(name) && !Object.hasOwn(IN_BOTH.entry, name.replace(/\.cjs$/, '')),
      )
      .map((name) => rm(join(output, name))),
  );
  for (const [name, module] of wanted) {
    const made = await transform(await readFile(join(output, module), 'utf8'), { ...COMMON_JS, lineLimit: 0 });
    const named = made.code
      .replace(/import\("(\.\/[^"]+)\.js"\)/g, 'Promise.resolve().then(()=>require("$1.cjs"))')
      .replace(/require\("(\.\/[^"]+)\.js"\)/g, 'require("$1.cjs")')
      .replace(/\bimport_\w+/g, shortNames());
    const { code } = await transform(exportAtOnce(named), SHORT);
    await writeFile(join(output, name), `"use strict";${code}`);
  }
}

const shared = {
  target: 'node20',
  clean: false,
  esbuildOptions(options, { format }) {
    // A stack trace shows the names that functions and classes keep. The CommonJS files are made of these.
    if (format === 'esm') Object.assign(options, SHORT, { minifyIdentifiers: true, keepNames: true });
  },
} satisfies Options;

export default defineConfig(({ outDir = 'dist' }) => {
  const output = resolve(import.meta.dirname, outDir);
  return [
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
        cli: 'src/cli/index.ts',
      },
      format: ['esm', 'cjs'],
      dts: true,
      splitting: true,
      noExternal: Object.keys(REQUIRED),
      esbuildPlugins: [loadedByBoth, requiredPackages],
      onSuccess: () => finish(output),
    },
    {
      ...shared,
      ...IN_BOTH,
      esbuildOptions: (options) => Object.assign(options, SHORT),
      esbuildPlugins: [ownRequire],
      onSuccess: () => shortenTexts(output),
    },
  ];
});
