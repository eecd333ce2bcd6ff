/** What session cookies are sealed with. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** iron-session takes no shorter one. Characters. */
const SHORTEST = 32;

/**
 * `SESSION_PASSWORD`; otherwise one that is generated once and kept in the demo's data folder, so that people stay signed
 * in when the app is restarted.
 */
export function sessionPassword(dataDir: string): string {
  const given = process.env.SESSION_PASSWORD?.trim();
  if (given) {
    if (given.length >= SHORTEST) return given;
    throw new Error(`SESSION_PASSWORD must have at least ${SHORTEST} characters`);
  }
  const file = join(dataDir, 'session-password');
  mkdirSync(dataDir, { recursive: true });
  try {
    // Of two processes that start together, one writes it and both read it.
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isExisting(error)) throw error;
  }
  return readFileSync(file, 'utf8');
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
