#!/usr/bin/env node
/** The bin `bizinsights-jobs`. */
import { runProcess } from './command-line.js';
import { PROGRAM } from './main.js';

await runProcess(PROGRAM);
