/** Where the jobs and the data are: servers where they are named, otherwise one embedded store in the data folder. */
import { join } from 'node:path';
import { dataDir } from './data-dir';

/** One folder for both: it is one PGlite, so that an app of one process runs one database. */
export function embeddedDir(): string {
  return join(dataDir(), 'jobs');
}

/** What `createJobs` connects to: `REDIS_URL`, else `DATABASE_URL`, else the embedded store. */
export function jobsConnection(): string {
  return setVariable('REDIS_URL') ?? setVariable('DATABASE_URL') ?? `file:${encodeURI(embeddedDir())}`;
}

/** The PostgreSQL of the data. Undefined: the embedded store. */
export function databaseUrl(): string | undefined {
  return setVariable('DATABASE_URL');
}

/** The embedded store belongs to one process, so the worker runs in the app's. */
export function worksInApp(): boolean {
  return setVariable('REDIS_URL') === undefined && databaseUrl() === undefined;
}

function setVariable(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}
