#!/usr/bin/env node
/** The bin `bizinsights-jobs`. */
import { main } from './main.js';

const code = await main(process.argv.slice(2), {
  out: (text) => console.log(text),
  error: (text) => console.error(text),
  directory: process.cwd(),
});
if (code !== undefined) process.exitCode = code;
