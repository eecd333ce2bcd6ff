// What start.mjs and test.mjs share: running a command, timing a step, installing and building.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// Pinned here and not in a `packageManager` field: with that field pnpm tries to download itself, and the install fails.
const PNPM = 'pnpm@12.21.0';

// `npm start` and `npm test` hand their own settings down as npm_* variables, and pnpm and the inner npm would take
// them for the user's wishes (`npm_config_omit=dev` leaves TypeScript out). Only what reaches a registry is kept.
const KEPT_NPM_SETTING =
  /^npm_config_(registry|\/\/.*|(https?_?)?proxy|no_?proxy|ca|cafile|strict_ssl|cache|store_dir|userconfig|globalconfig)$/i;

/** The environment of every child process: this one's, without npm's noise and without NODE_ENV. */
export function childEnvironment(environment = process.env) {
  const kept = Object.entries(environment).filter(
    // NODE_ENV=production would leave out the development dependencies and forbid the embedded engine.
    ([name]) => name !== 'NODE_ENV' && (!/^p?npm_/i.test(name) || KEPT_NPM_SETTING.test(name)),
  );
  return { ...Object.fromEntries(kept), npm_config_update_notifier: 'false' };
}

/**
 * Runs a command in the repository's root, or in another folder.
 * `quiet` keeps the output back and shows it only when the command fails.
 * @returns {Promise<number>} the exit code
 */
function run(command, args, { quiet = false, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: childEnvironment(),
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32', // npx and the files of .bin are .cmd files there
    });
    // Ctrl-C reaches the child by itself, and a signal to this process is handed on: we end when the child has.
    const wait = () => {};
    const handOn = (signal) => child.kill(signal);
    process.on('SIGINT', wait).on('SIGTERM', handOn);
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', wait).off('SIGTERM', handOn);
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/** Runs pnpm, which need not be installed. */
export const pnpm = (args, options) => run('npx', ['--yes', PNPM, ...args], options);

/** Runs a program on another major of Node, by the npm package `node`. */
export const onNode = (major, args, options) => run('npx', ['--yes', `node@${major}`, ...args], options);

/** Runs a tool of node_modules/.bin, of the folder that it runs in. */
export const tool = (name, args, options = {}) =>
  run(join(options.cwd ?? root, 'node_modules', '.bin', name), args, options);

/** The newest version in a range, by the user's own npm configuration. */
export async function newestVersion(name, range) {
  const { stdout } = await promisify(execFile)('npm', ['view', `${name}@${range}`, 'version', '--json'], {
    env: childEnvironment(),
    shell: process.platform === 'win32',
  });
  // One version is a text, several are a list in the order in which they were published: an older line may end it.
  const versions = [JSON.parse(stdout)].flat().filter((version) => !version.includes('-'));
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

/**
 * Prints a header, runs the action and prints how long it took.
 * The action answers an exit code, or 'skipped' when there was nothing to do.
 * @returns {Promise<{ title: string, code: number, seconds: number }>}
 */
export async function step(number, total, title, action) {
  console.log(`\n${number}/${total} ${title} …`);
  const started = performance.now();
  const outcome = await action();
  const seconds = (performance.now() - started) / 1000;
  const skipped = outcome === 'skipped';
  const code = skipped ? 0 : outcome;
  const verdict = skipped ? 'up to date' : code === 0 ? 'done' : `failed with exit code ${code}`;
  console.log(`${number}/${total} ${title}: ${verdict} (${seconds.toFixed(1)} s)`);
  return { title, code, seconds };
}

/** Installs exactly what the lock file says, unless it stands already. */
export function install() {
  const inputs = files(root).filter((file) => /(^|\/)(package\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml)$/.test(file));
  return unlessUnchanged(
    'install',
    () => digest(inputs, (file) => readFileSync(join(root, file), 'utf8')),
    // Without a terminal, pnpm would refuse to replace a node_modules that another version laid out.
    () => pnpm(['install', '--frozen-lockfile', '--prod=false', '--config.confirm-modules-purge=false']),
  );
}

/** Builds the packages that a pnpm filter names, those that others need first. */
export const build = (filter) =>
  pnpm(['-r', '--workspace-concurrency=2', '--filter', filter, 'run', '--if-present', 'build'], { quiet: true });

/** As `build`, but does nothing when neither a source nor a built file has changed since the last time. */
export function buildWhenChanged(filter) {
  const built = () =>
    digest(files(join(root, 'packages')), (file) => {
      const { size, mtimeMs } = statSync(join(root, file));
      return `${size} ${mtimeMs}`;
    });
  return unlessUnchanged(`build-${filter.replaceAll(/\W+/g, '-')}`, built, () => build(filter));
}

/** Runs a build of an example unless neither its files nor the built packages have changed since the last time. */
export function buildExampleWhenChanged(name, action) {
  const example = join(root, 'examples', name);
  const ofExample = files(example).filter((file) => !/\/e2e\/|\.test\.tsx?$/.test(file));
  const inputs = () =>
    digest([...files(join(root, 'packages')), ...ofExample], (file) => {
      const { size, mtimeMs } = statSync(join(root, file));
      return `${size} ${mtimeMs}`;
    });
  return unlessUnchanged(`example-${name}`, inputs, action);
}

/** Runs the action unless the state is the one that the last success left behind. */
async function unlessUnchanged(name, state, action) {
  const stamp = join(root, 'node_modules', `.${name}-stamp`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state()) return 'skipped';
  const code = await action();
  if (code === 0) writeFileSync(stamp, state());
  return code;
}

function digest(inputs, describe) {
  const hash = createHash('sha256').update(`${process.version} ${PNPM}`);
  for (const file of inputs) hash.update(`\0${file}\0${describe(file)}`);
  return hash.digest('hex');
}

/** The files under a folder, relative to `base`, in a fixed order; without node_modules and hidden ones. */
export function files(folder, base = root) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? files(path, base) : [relative(base, path).replaceAll('\\', '/')];
    })
    .sort();
}
