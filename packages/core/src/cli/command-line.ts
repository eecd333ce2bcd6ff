/**
 * `@bizinsights/jobs-core/command-line`: what a plugin's own command line is made with, so that all of them have the same
 * words, answers and exit codes.
 *
 * @packageDocumentation
 */

import { parseArgs } from 'node:util';
import { defined } from '../defined.js';
import { becomeGuest } from '../engine/embedded/guest.js';
import { toError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';
import { VERSION } from '../version.js';
import { type Answer, type FlagsOf, UsageError } from './answer.js';
import { readEnvFiles } from './env-files.js';
import { findModule, loadJobs } from './load-jobs.js';

export { type Answer, type FlagsOf, UsageError, wholeNumber } from './answer.js';
export { table } from './table.js';

/** One command: how it is written, what it does. */
export interface Command<Flag extends string = string> {
  readonly usage: string;
  readonly about: string;
  /** What the first words behind it are, such as a queue. Absent: nothing. */
  readonly subject?: string | readonly string[];
  /** Its own flags; every command takes `--json`, but one that runs on. */
  readonly flags: readonly ('json' | Flag)[];
  /**
   * Undefined: the process goes on by itself (a worker).
   *
   * @throws {UsageError} for words that are wrong
   */
  run(jobs: Jobs, flags: FlagsOf<Flag>, ...subjects: string[]): Promise<Answer | undefined>;
}

/** A command that writes more than one answer, or needs no jobs. */
export interface FreeCommand<Flag extends string = string> extends Omit<Command<Flag>, 'run' | 'flags'> {
  readonly flags: readonly string[];
  /** Undefined: it has written all itself. */
  invoke(call: Call<Flag>): Promise<Answer | undefined>;
}

/** What a {@link FreeCommand} gets. */
export interface Call<Flag extends string = string> extends Surroundings {
  readonly flags: FlagsOf<Flag>;
  /** The flags without a value that were given. */
  readonly switches: ReadonlySet<string>;
  readonly subjects: readonly string[];
  readonly module: string | undefined;
  /** Of `--env-file`. */
  readonly envFiles: readonly string[];
  /** Loads the host's jobs, which are closed at the end. */
  jobs(): Promise<Jobs>;
}

/** A command line: its commands in the order of the help, and the flags that they take. */
export interface Program<Flag extends string = string> {
  readonly name: string;
  readonly about: string;
  /** Each has a value. */
  readonly flags: readonly Flag[];
  /** Flags without a value. */
  readonly switches?: readonly string[];
  readonly commands: Readonly<Record<string, Command<Flag> | FreeCommand<Flag>>>;
  /** More lines for the help. */
  readonly notes?: readonly string[];
}

/** Exit codes: what a script that calls us can tell apart. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** What a program writes to and looks in. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly directory: string;
  /** Called with the command's name before the module is loaded. */
  readonly onLoading?: (command: string) => void;
  /** Called when the module has been loaded, with what `.env` files say. */
  readonly onLoaded?: (variables: Readonly<Record<string, string>>) => void;
  /** Ends a command that follows something. Default: SIGINT and SIGTERM do. */
  readonly signal?: AbortSignal;
}

/** Words in, exit code out; undefined while a worker runs, which ends the process itself. Never rejects. */
export async function runProgram<Flag extends string>(
  program: Program<Flag>,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number | undefined> {
  const { out, error } = surroundings;
  try {
    const parsed = parse(program, words);
    const [name, ...rest] = parsed.positionals;
    if (parsed.version) {
      out(VERSION);
      return EXIT.done;
    }
    if (parsed.help || name === undefined) {
      (parsed.help ? out : error)(helpText(program));
      return parsed.help ? EXIT.done : EXIT.usage;
    }
    return await runCommand(understand(program, name, rest, parsed), surroundings);
  } catch (thrown) {
    const problem = toError(thrown);
    error(words.includes('--json') ? toJson({ error: describe(problem) }) : problem.message);
    return problem instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

async function runCommand<Flag extends string>(
  { name, command, subjects, module, parsed }: Understood<Flag>,
  surroundings: Surroundings,
): Promise<number | undefined> {
  const { flags, switches, envFiles } = parsed;
  let loaded: Jobs | undefined;
  let runsOn = false;
  const jobs = async () => {
    loaded ??= await load(name, module, envFiles, surroundings);
    return loaded;
  };
  try {
    let answer: Answer | undefined;
    if ('run' in command) {
      answer = await command.run(await jobs(), flags, ...subjects);
      runsOn = answer === undefined;
      if (runsOn) return undefined;
    } else {
      answer = await command.invoke({ ...surroundings, flags, switches, subjects, module, envFiles, jobs });
    }
    if (answer) surroundings.out(flags.json ? toJson(answer.value) : answer.text);
    return answer?.failed ? EXIT.failed : EXIT.done;
  } finally {
    if (!runsOn) await loaded?.close();
  }
}

async function load(
  command: string,
  module: string | undefined,
  envFiles: readonly string[],
  { directory, onLoading, onLoaded }: Surroundings,
): Promise<Jobs> {
  const found = findModule(module, directory);
  onLoading?.(command);
  const variables = await readEnvFiles({ named: envFiles, directory, module: found.file });
  for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
  const jobs = await loadJobs(found);
  onLoaded?.(variables);
  return jobs;
}

/** Runs a program as this process, which ends with its exit code. */
export async function runProcess<Flag extends string>(program: Program<Flag>): Promise<void> {
  let isSilent = false;
  const code = await runProgram(program, process.argv.slice(2), {
    out: (text) => console.log(text),
    error: (text) => console.error(text),
    directory: process.cwd(),
    onLoading(command) {
      // What a command answers stands alone on standard output, where the host's logger writes too.
      isSilent = command !== 'worker' && !process.env.LOG_LEVEL;
      if (isSilent) process.env.LOG_LEVEL = 'silent';
      if (command === 'worker') return;
      becomeGuest();
      // The reader of the output may have closed it, as `head` does.
      process.stdout.on('error', (error) =>
        process.exit('code' in error && error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
      );
    },
    onLoaded({ LOG_LEVEL: level }) {
      if (!isSilent) return;
      // `createJobs` has read it; `environment` lists what the host has set.
      if (level === undefined) delete process.env.LOG_LEVEL;
      else process.env.LOG_LEVEL = level;
    },
  });
  if (code === undefined) return;
  // The module may have opened connections of its own, which nobody closes: the command has been answered, and ends.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}

interface Understood<Flag extends string> {
  readonly name: string;
  readonly command: Command<Flag> | FreeCommand<Flag>;
  readonly subjects: readonly string[];
  readonly module: string | undefined;
  readonly parsed: Parsed<Flag>;
}

/** The command, its subjects and the module that the words name. */
function understand<Flag extends string>(
  { commands }: Program<Flag>,
  name: string,
  words: readonly string[],
  parsed: Parsed<Flag>,
): Understood<Flag> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    throw new UsageError(`There is no command "${name}"; there are ${Object.keys(commands).join(', ')}. See --help`);
  }
  const given = [...Object.keys(parsed.flags), ...parsed.switches];
  const misplaced = given.find((flag) => !command.flags.some((known) => known === flag));
  if (misplaced) throw new UsageError(`${name} takes no --${misplaced}. Usage: ${command.usage}`);
  const wanted = command.subject === undefined ? [] : [command.subject].flat();
  const subjects = words.slice(0, wanted.length);
  const missing = wanted[subjects.length];
  if (missing !== undefined) throw new UsageError(`${name} needs a ${missing}. Usage: ${command.usage}`);
  const [module, ...tooMany] = words.slice(wanted.length);
  if (tooMany.length > 0) throw new UsageError(`Too many words: ${tooMany.join(' ')}. Usage: ${command.usage}`);
  return { name, command, subjects, module, parsed };
}

interface Parsed<Flag extends string> {
  readonly help: boolean;
  readonly version: boolean;
  readonly flags: FlagsOf<Flag>;
  readonly switches: ReadonlySet<string>;
  readonly envFiles: readonly string[];
  readonly positionals: readonly string[];
}

function parse<Flag extends string>(
  { flags: own, switches: ownSwitches = [] }: Program<Flag>,
  words: readonly string[],
): Parsed<Flag> {
  try {
    const { values, positionals } = parseArgs({
      args: words.map((word) => (beginsWithDash(word) ? DASH + word : word)),
      options: {
        ...Object.fromEntries(own.map((flag) => [flag, { type: 'string' }] as const)),
        ...Object.fromEntries(ownSwitches.map((flag) => [flag, { type: 'boolean' }] as const)),
        'env-file': { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
      allowPositionals: true,
    });
    const { help = false, version = false, json, 'env-file': envFiles = [], ...others } = values;
    const texts = Object.entries(others).filter(([name]) => !ownSwitches.includes(name));
    const given = texts.map(([name, value]) => [name, typeof value === 'string' ? asWritten(value) : value]);
    // Of the names of `program.flags`, with texts: the options above say so, which the types of Node cannot follow.
    const flags = { ...Object.fromEntries(given), ...defined({ json }) } as FlagsOf<Flag>;
    return {
      help,
      version,
      flags,
      switches: new Set(ownSwitches.filter((name) => name in others)),
      envFiles: envFiles.map(asWritten),
      positionals: positionals.map(asWritten),
    };
  } catch (thrown) {
    // Node's first sentence says what is wrong; the others are about arguments that begin with a dash.
    throw new UsageError(`${toError(thrown).message.split('. ')[0]}. See --help`);
  }
}

/** In front of a word that begins with a dash, which Node would take for flags of one letter. No word has it. */
const DASH = '\0';

/** An id of a job may, and is pasted as it is. The only flags of one letter are those of the help and the version. */
function beginsWithDash(word: string): boolean {
  return /^-[^-]/.test(word) && !['-h', '-v'].includes(word);
}

function asWritten(word: string): string {
  return word.startsWith(DASH) ? word.slice(DASH.length) : word;
}

function describe(problem: Error): { code?: string; message: string } {
  const code = 'code' in problem && typeof problem.code === 'string' ? problem.code : undefined;
  return { ...defined({ code }), message: problem.message };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function helpText<Flag extends string>({ name, about, commands, notes = [] }: Program<Flag>): string {
  const lines = Object.values(commands).map((one) => `  ${name} ${one.usage}\n      ${one.about}`);
  return [
    about,
    '',
    ...lines,
    '',
    '  module        the TypeScript or JavaScript module that exports `jobs`; by default jobs.ts or src/jobs.ts',
    '  --json        the answer, or the error, as JSON',
    '  --env-file f  variables of a file, for what is not set; of several the last one wins. `.env` beside the module,',
    '                and then here, is read without',
    '',
    ['Exit codes: 0 done, 1 failed, 2 wrong words.', ...notes].join(' '),
  ].join('\n');
}
