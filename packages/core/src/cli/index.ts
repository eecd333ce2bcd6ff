#!/usr/bin/env node
/** The bin `bizinsights-jobs`. */
import { runProcess } from './command-line.js';
import { obeyDev } from './dev/obey-dev.js';
import { reportsFiles } from './load-jobs.js';
import { PROGRAM } from './main.js';

if (reportsFiles()) obeyDev();
// Without `await`, which a CommonJS file cannot have at its top.
void runProcess(PROGRAM);
