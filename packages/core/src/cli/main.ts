/** The command line without the process: words in, exit code out. */

import { FLAGS, SWITCHES } from './answer.js';
import { type Program, runProgram, type Surroundings } from './command-line.js';
import { COMMANDS } from './commands.js';

export const PROGRAM: Program<(typeof FLAGS)[number]> = {
  name: 'bizinsights-jobs',
  about: 'Background jobs: workers, queues and schedules.',
  flags: FLAGS,
  switches: SWITCHES,
  commands: COMMANDS,
  notes: ['What is logged: LOG_LEVEL (by default nothing, but for the worker).'],
};

/** Answers the exit code, or undefined while a worker runs, which ends the process itself. */
export function main(words: readonly string[], surroundings: Surroundings): Promise<number | undefined> {
  return runProgram(PROGRAM, words, surroundings);
}
