/** Report files in a folder of this machine, and signed addresses to download them. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ArgumentError, ConfigError, toError } from '@bizinsights/jobs-core';
import type { DownloadVerdict, ReportReference, ReportStorage } from '../ports.js';

/** What `localStorage` takes. */
export interface LocalStorageOptions {
  /** The folder. It is made when it is needed, for its owner alone. All processes that make or serve reports need it. */
  readonly dir: string;
  /** Signs download addresses: at least 32 random bytes as a text, the same in all processes. */
  readonly secret: string;
  /**
   * Where `downloadHandler` is mounted. Default `/api/reports/download`. Mails with a link need all of it:
   * `https://app.example.com/api/reports/download`.
   */
  readonly baseUrl?: string;
  /** Epoch ms. */
  readonly now?: () => number;
}

const BASE_URL = '/api/reports/download';

/** A download address works for so long, unless asked otherwise. ms */
const EXPIRES_IN = 24 * 3_600_000;

/** As the store makes them: nothing that leads out of the folder. */
const KEY = /^[0-9a-f]{32,128}\.[a-z]{1,10}$/;

/**
 * Keeps report files in a folder.
 *
 * @throws {ConfigError} without a folder or a secret
 * @example
 * ```ts
 * const storage = localStorage({
 *   dir: './reports',
 *   secret: process.env.REPORTS_SECRET ?? '',
 *   baseUrl: 'https://app.example.com/api/reports/download',
 * });
 * ```
 */
export function localStorage(options: LocalStorageOptions): ReportStorage {
  const { dir, baseUrl = BASE_URL, now = Date.now } = options;
  const secret = options.secret.trim();
  const problems = [
    ...(dir.trim() === '' ? [{ path: ['dir'], message: 'is empty; name the folder of the report files' }] : []),
    ...(secret === '' ? [{ path: ['secret'], message: 'is empty; it signs the addresses of report files' }] : []),
  ];
  if (problems.length > 0) throw new ConfigError('localStorage is not configured:', problems);
  return new LocalStorage(resolve(dir), secret, baseUrl, now);
}

class LocalStorage implements ReportStorage {
  readonly #dir: string;
  readonly #secret: string;
  readonly #baseUrl: string;
  readonly #now: () => number;

  constructor(dir: string, secret: string, baseUrl: string, now: () => number) {
    this.#dir = dir;
    this.#secret = secret;
    this.#baseUrl = baseUrl;
    this.#now = now;
  }

  async write(key: string, fill: (output: Writable) => Promise<void>): Promise<number> {
    const path = this.#pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // What a crash has left. An attempt that still writes, though another one has begun, fails by it.
    await this.#removeParts(path);
    const part = `${path}.${randomUUID()}.part`;
    // `flush`: on the disk before it gets its name.
    const stream = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
    try {
      await Promise.all([filled(stream, fill), finished(stream)]);
      await rename(part, path);
      await syncFolder(dirname(path));
      return stream.bytesWritten;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async read(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const handle = await open(this.#pathOf(key), 'r');
      return handle.createReadStream();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    const path = this.#pathOf(key);
    await this.#removeParts(path);
    await rm(path, { force: true });
  }

  downloadUrl({ organizationId, id }: ReportReference, { expiresIn = EXPIRES_IN } = {}): string {
    const expires = String(Math.floor((this.#now() + expiresIn) / 1_000));
    const signature = this.#sign(organizationId, id, expires).toString('base64url');
    const query = new URLSearchParams({ organization: organizationId, report: id, expires, signature });
    return `${this.#baseUrl}${this.#baseUrl.includes('?') ? '&' : '?'}${query}`;
  }

  verify({ searchParams }: URL): DownloadVerdict {
    const [organizationId, id, expires, signature] = ['organization', 'report', 'expires', 'signature'].map(
      (name) => searchParams.get(name) ?? '',
    );
    if (!organizationId || !id || !expires || !signature) return { kind: 'forged' };
    const expected = this.#sign(organizationId, id, expires);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { kind: 'forged' };
    if (Number(expires) * 1_000 <= this.#now()) return { kind: 'expired' };
    return { kind: 'valid', report: { organizationId, id } };
  }

  /** As JSON, so that no other values have the same text. */
  #sign(...values: readonly string[]): Buffer {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify(['report-download', ...values]))
      .digest();
  }

  /** Files are spread over folders: some file systems are slow with many thousands in one. */
  #pathOf(key: string): string {
    if (!KEY.test(key)) throw new ArgumentError('The key of a report file must be hexadecimal with an ending');
    return join(this.#dir, key.slice(0, 2), key);
  }

  async #removeParts(path: string): Promise<void> {
    const folder = dirname(path);
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const parts = names.filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.part'));
    for (const name of parts) await rm(join(folder, name), { force: true });
  }
}

async function filled(stream: Writable, fill: (output: Writable) => Promise<void>): Promise<void> {
  try {
    await fill(stream);
  } catch (error) {
    stream.destroy(toError(error));
    throw error;
  }
}

/** So that the new name is there after a power cut too. Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
