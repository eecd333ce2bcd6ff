/** The command line without the process: words in, exit code out. */
import { parseArgs } from 'node:util';
import { toError } from '../errors.js';
import { COMMANDS, type Flags, UsageError } from './commands.js';
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
  queues: { type: 'string' },
  concurrency: { type: 'string' },
  limit: { type: 'string' },
  state: { type: 'string' },
  'older-than': { type: 'string' },
} as const;

/** Answers the exit code, or undefined while a worker runs, which ends the process itself. */
export async function main(
  words: readonly string[],
  { out, error, directory }: Surroundings,
): Promise<number | undefined> {
  try {
    const { values, positionals } = parse(words);
    const [name, ...rest] = positionals;
    if (values.help || name === undefined) {
      out(help());
      return name === undefined && !values.help ? EXIT.usage : EXIT.done;
    }
    const command = COMMANDS[name];
    if (!command) throw new UsageError(`unknown command "${name}"`);
    const queue = command.takesQueue ? rest.shift() : '';
    if (queue === undefined) throw new UsageError(`${name} needs a queue: ${command.usage}`);
    const [module, ...tooMany] = rest;
    if (tooMany.length > 0) throw new UsageError(`too many words: ${tooMany.join(' ')}; ${command.usage}`);

    const jobs = await loadJobs(module, directory);
    let runsOn = false;
    try {
      const answer = await command.run(jobs, values, queue);
      runsOn = answer === undefined;
      if (!answer) return undefined;
      out(values.json ? JSON.stringify(answer.value, undefined, 2) : answer.text);
      return answer.failed ? EXIT.failed : EXIT.done;
    } finally {
      if (!runsOn) await jobs.close();
    }
  } catch (thrown) {
    const problem = toError(thrown);
    error(problem instanceof UsageError ? `${problem.message}\n\n${help()}` : problem.message);
    return problem instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function parse(words: readonly string[]): { values: Flags & { help?: boolean | undefined }; positionals: string[] } {
  try {
    return parseArgs({ args: [...words], options: FLAGS, allowPositionals: true });
  } catch (thrown) {
    throw new UsageError(toError(thrown).message);
  }
}

function help(): string {
  const commands = Object.values(COMMANDS);
  const lines = commands.map(({ usage, about }) => `  bizinsights-jobs ${usage}\n      ${about}`);
  return [
    'Background jobs: workers and queues.',
    '',
    ...lines,
    '',
    'module: a TypeScript or JavaScript module that exports `jobs`; without it, jobs.ts, src/jobs.ts, worker.ts and the like.',
    '--json: the answer as JSON. Exit codes: 0 done, 1 failed, 2 wrong words.',
  ].join('\n');
}
