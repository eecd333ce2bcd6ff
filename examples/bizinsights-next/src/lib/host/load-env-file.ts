/** Next.js reads `.env.local` by itself. Processes beside it import this first: what is set already stays. */
import { existsSync } from 'node:fs';

if (existsSync('.env.local')) process.loadEnvFile('.env.local');
