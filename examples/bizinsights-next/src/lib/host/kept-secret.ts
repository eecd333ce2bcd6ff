/** A secret that is made once and kept in the data folder, for a machine on which none is set. */
import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir } from './data-dir';

/** Reads the file of this name; where there is none, it is written with what `make` answers. */
export function keptSecret(name: string, make: () => string): string {
  const file = join(dataDir(), name);
  mkdirSync(dataDir(), { recursive: true });
  if (existsSync(file)) return readFileSync(file, 'utf8');
  // Linked when it is whole: of processes that start together, one makes the secret and all read it.
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, make(), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8');
}
