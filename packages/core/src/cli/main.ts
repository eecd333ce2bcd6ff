/** The command line without the process: words in, exit code out. */
import { parseArgs } from 'node:util';
import { toError } from '../errors.js';
import { VERSION } from '../version.js';
import { type Flags, UsageError } from './answer.js';
import { COMMANDS, type Command } from './commands.js';
import { loadJobs } from './load-jobs.js';

/** Exit codes: what a script that calls us can tell apart. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** What `main` writes to and looks in. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly directory: string;
}

const FLAGS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  queues: { type: 'string' },
  concurrency: { type: 'string' },
  limit: { type: 'string' },
  state: { type: 'string' },
  'older-than': { type: 'string' },
  queue: { type: 'string' },
  tag: { type: 'string' },
  pause: { type: 'string' },
  resume: { type: 'string' },
  run: { type: 'string' },
} as const;

/** Answers the exit code, or undefined while a worker runs, which ends the process itself. */
export async function main(
  words: readonly string[],
  { out, error, directory }: Surroundings,
): Promise<number | undefined> {
  try {
    const { values, positionals } = parse(words);
    const { help, version, ...flags } = values;
    const [name, ...rest] = positionals;
    if (version) {
      out(VERSION);
      return EXIT.done;
    }
    if (help || name === undefined) {
      (help ? out : error)(helpText());
      return help ? EXIT.done : EXIT.usage;
    }
    const { command, queue, module } = understand(name, rest, flags);
    const jobs = await loadJobs(module, directory);
    let runsOn = false;
    try {
      const answer = await command.run(jobs, flags, queue);
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

/** The command, its queue and the module that the words name. */
function understand(
  name: string,
  words: readonly string[],
  flags: Flags,
): { command: Command; queue: string; module: string | undefined } {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    throw new UsageError(`There is no command "${name}"; there are ${Object.keys(COMMANDS).join(', ')}. See --help`);
  }
  const misplaced = Object.keys(flags).find((flag) => !command.flags.some((known) => known === flag));
  if (misplaced) throw new UsageError(`${name} takes no --${misplaced}. Usage: ${command.usage}`);
  const rest = [...words];
  const queue = command.takesQueue ? rest.shift() : '';
  if (queue === undefined) throw new UsageError(`${name} needs a queue. Usage: ${command.usage}`);
  const [module, ...tooMany] = rest;
  if (tooMany.length > 0) throw new UsageError(`Too many words: ${tooMany.join(' ')}. Usage: ${command.usage}`);
  return { command, queue, module };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: FLAGS, allowPositionals: true });
  } catch (thrown) {
    // Node's first sentence says what is wrong; the others are about arguments that begin with a dash.
    throw new UsageError(`${toError(thrown).message.split('. ')[0]}. See --help`);
  }
}

function describe(problem: Error): { code?: string; message: string } {
  const code = 'code' in problem && typeof problem.code === 'string' ? problem.code : undefined;
  return { ...(code === undefined ? {} : { code }), message: problem.message };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function helpText(): string {
  const lines = Object.values(COMMANDS).map(({ usage, about }) => `  bizinsights-jobs ${usage}\n      ${about}`);
  return [
    'Background jobs: workers, queues and schedules.',
    '',
    ...lines,
    '',
    '  module    the TypeScript or JavaScript module that exports `jobs`; by default jobs.ts or src/jobs.ts',
    '  --json    the answer, or the error, as JSON',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong words. What is logged: LOG_LEVEL (by default nothing, but for the worker).',
  ].join('\n');
}
