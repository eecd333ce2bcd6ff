/** Where the jobs and the data are: servers where they are named, otherwise one embedded store in the data folder. */
import { join } from 'node:path';
import { dataDir } from '../host/data-dir';

/** One folder for both: it is one PGlite, so that an app of one process runs one database. */
export function embeddedDir(): string {
  return join(dataDir(), 'jobs');
}

/** What `createJobs` connects to: `REDIS_URL`, else `DATABASE_URL`, else the embedded store. */
export function jobsConnection(): string {
  return setVariable('REDIS_URL') ?? databaseUrl() ?? `file:${encodeURI(embeddedDir())}`;
}

/** The PostgreSQL of the data. Undefined: the embedded store. */
export function databaseUrl(): string | undefined {
  return setVariable('DATABASE_URL');
}

/** The embedded store of the data belongs to one process, so the worker runs in the app's, also where the jobs are in Redis. */
export function worksInApp(): boolean {
  return databaseUrl() === undefined;
}

/** Whether a worker may run in this process: in each but the app's, and in the app's where there can be no other. */
export function mayWork(): boolean {
  return process.env.NEXT_RUNTIME === undefined || worksInApp();
}

function setVariable(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}
