#!/usr/bin/env node
/** The bin `bizinsights-webhooks`. */
import { runProcess } from '@bizinsights/jobs-core/command-line';
import { PROGRAM } from './program.js';

await runProcess(PROGRAM);
