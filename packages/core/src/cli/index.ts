#!/usr/bin/env node
/** The bin `bizinsights-jobs`. */
import { main } from './main.js';

const words = process.argv.slice(2);
// What a command answers stands alone on standard output, where the host's logger writes too.
if (words[0] !== 'worker') process.env.LOG_LEVEL ||= 'silent';

const code = await main(words, {
  out: (text) => console.log(text),
  error: (text) => console.error(text),
  directory: process.cwd(),
});
if (code !== undefined) {
  // The module may have opened connections of its own, which nobody closes: the command has been answered, and ends.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}
