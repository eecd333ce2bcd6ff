// `--help` of a script prints the comment that the script begins with.
import { readFileSync } from 'node:fs';

/**
 * Prints what the script does and ends the process, when that was asked for. Any other option is handed on.
 * @param {string} url of the script
 */
export function answerHelp(url) {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return;
  const [comment] = readFileSync(new URL(url), 'utf8').split(/^(?!\/\/)/m, 1);
  process.stdout.write(comment.replaceAll(/^\/\/ ?/gm, ''));
  process.exit(0);
}
