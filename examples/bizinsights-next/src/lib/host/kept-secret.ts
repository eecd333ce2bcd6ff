/** A secret that is made once and kept in the data folder, for a machine on which none is set. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir } from './data-dir';

/** Reads the file of this name; where there is none, it is written with what `make` answers. */
export function keptSecret(name: string, make: () => string): string {
  const file = join(dataDir(), name);
  mkdirSync(dataDir(), { recursive: true });
  try {
    // Of two processes that start together, one writes it and both read it.
    writeFileSync(file, make(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(file, 'utf8');
}
