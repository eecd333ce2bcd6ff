/**
 * `@bizinsights/jobs-core/command-line`: what a plugin's own command line is made with, so that all of them have the same
 * words, answers and exit codes.
 *
 * @packageDocumentation
 */

import { parseArgs } from 'node:util';
import { defined } from '../defined.js';
import { toError } from '../errors.js';
import type { Jobs } from '../jobs-instance.js';
import { VERSION } from '../version.js';
import { type Answer, type FlagsOf, UsageError } from './answer.js';
import { loadJobs } from './load-jobs.js';

export { type Answer, type FlagsOf, UsageError, wholeNumber } from './answer.js';
export { table } from './table.js';

/** One command: how it is written, what it does. */
export interface Command<Flag extends string = string> {
  readonly usage: string;
  readonly about: string;
  /** What the first word behind it is, such as a queue. Absent: nothing. */
  readonly subject?: string;
  /** Its own flags; every command takes `--json`, but one that runs on. */
  readonly flags: readonly ('json' | Flag)[];
  /**
   * Undefined: the process goes on by itself (a worker).
   *
   * @throws {UsageError} for words that are wrong
   */
  run(jobs: Jobs, flags: FlagsOf<Flag>, subject: string): Promise<Answer | undefined>;
}

/** A command line: its commands in the order of the help, and the flags that they take, each with a value. */
export interface Program<Flag extends string = string> {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly Flag[];
  readonly commands: Readonly<Record<string, Command<Flag>>>;
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
  /** Called when the module has been loaded. */
  readonly onLoaded?: () => void;
}

/** Words in, exit code out; undefined while a worker runs, which ends the process itself. Never rejects. */
export async function runProgram<Flag extends string>(
  program: Program<Flag>,
  words: readonly string[],
  { out, error, directory, onLoaded }: Surroundings,
): Promise<number | undefined> {
  try {
    const { help, version, flags, positionals } = parse(program, words);
    const [name, ...rest] = positionals;
    if (version) {
      out(VERSION);
      return EXIT.done;
    }
    if (help || name === undefined) {
      (help ? out : error)(helpText(program));
      return help ? EXIT.done : EXIT.usage;
    }
    const { command, subject, module } = understand(program, name, rest, flags);
    const jobs = await loadJobs(module, directory);
    onLoaded?.();
    let runsOn = false;
    try {
      const answer = await command.run(jobs, flags, subject);
      runsOn = answer === undefined;
      if (!answer) return undefined;
      out(flags.json ? toJson(answer.value) : answer.text);
      return answer.failed ? EXIT.failed : EXIT.done;
    } finally {
      if (!runsOn) await jobs.close();
    }
  } catch (thrown) {
    const problem = toError(thrown);
    error(words.includes('--json') ? toJson({ error: describe(problem) }) : problem.message);
    return problem instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

/** Runs a program as this process, which ends with its exit code. */
export async function runProcess<Flag extends string>(program: Program<Flag>): Promise<void> {
  const words = process.argv.slice(2);
  // What a command answers stands alone on standard output, where the host's logger writes too.
  const isSilent = words[0] !== 'worker' && !process.env.LOG_LEVEL;
  if (isSilent) process.env.LOG_LEVEL = 'silent';

  const code = await runProgram(program, words, {
    out: (text) => console.log(text),
    error: (text) => console.error(text),
    directory: process.cwd(),
    // `createJobs` has read it; `environment` lists what the host has set.
    onLoaded: () => void (isSilent && delete process.env.LOG_LEVEL),
  });
  if (code === undefined) return;
  // The module may have opened connections of its own, which nobody closes: the command has been answered, and ends.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}

/** The command, its subject and the module that the words name. */
function understand<Flag extends string>(
  { commands }: Program<Flag>,
  name: string,
  words: readonly string[],
  flags: FlagsOf<Flag>,
): { command: Command<Flag>; subject: string; module: string | undefined } {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    throw new UsageError(`There is no command "${name}"; there are ${Object.keys(commands).join(', ')}. See --help`);
  }
  const misplaced = Object.keys(flags).find((flag) => !command.flags.some((known) => known === flag));
  if (misplaced) throw new UsageError(`${name} takes no --${misplaced}. Usage: ${command.usage}`);
  const rest = [...words];
  const subject = command.subject === undefined ? '' : rest.shift();
  if (subject === undefined) throw new UsageError(`${name} needs a ${command.subject}. Usage: ${command.usage}`);
  const [module, ...tooMany] = rest;
  if (tooMany.length > 0) throw new UsageError(`Too many words: ${tooMany.join(' ')}. Usage: ${command.usage}`);
  return { command, subject, module };
}

function parse<Flag extends string>(program: Program<Flag>, words: readonly string[]) {
  const own = program.flags.map((flag) => [flag, { type: 'string' }] as const);
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: {
        ...Object.fromEntries(own),
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
      allowPositionals: true,
    });
    const { help, version, json, ...texts } = values;
    // Of the names of `program.flags`, with texts: the options above say so, which the types of Node cannot follow.
    const flags = { ...texts, ...defined({ json }) } as FlagsOf<Flag>;
    return { help, version, flags, positionals };
  } catch (thrown) {
    // Node's first sentence says what is wrong; the others are about arguments that begin with a dash.
    throw new UsageError(`${toError(thrown).message.split('. ')[0]}. See --help`);
  }
}

function describe(problem: Error): { code?: string; message: string } {
  const code = 'code' in problem && typeof problem.code === 'string' ? problem.code : undefined;
  return { ...defined({ code }), message: problem.message };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function helpText<Flag extends string>({ name, about, commands, notes = [] }: Program<Flag>): string {
  const lines = Object.values<Command<Flag>>(commands).map((one) => `  ${name} ${one.usage}\n      ${one.about}`);
  return [
    about,
    '',
    ...lines,
    '',
    '  module    the TypeScript or JavaScript module that exports `jobs`; by default jobs.ts or src/jobs.ts',
    '  --json    the answer, or the error, as JSON',
    '',
    ['Exit codes: 0 done, 1 failed, 2 wrong words.', ...notes].join(' '),
  ].join('\n');
}
