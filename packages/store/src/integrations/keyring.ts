/** Credentials at rest: AES-256-GCM, under keys that can be replaced one after the other. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ConfigError } from '@bizinsights/jobs-core';

/** Where the keys are, unless `createStore` is given them. */
export const KEYS_VARIABLE = 'INTEGRATION_KEYS';

const KEY_LENGTH = 32;
/** NIST SP 800-38D, 5.2.1.1: 96 bits, at random for each text. */
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const FORMAT = 'v1';
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** Encrypts with the first of its keys, and decrypts with each. */
export class Keyring {
  readonly #keys: ReadonlyMap<string, Buffer>;
  /** Of the key that is used for what is written. */
  readonly currentKey: string;

  /**
   * @param text `id:key` or several, by commas: `2026:base64…,2025:base64…`. A key is 32 bytes in base64, as
   *   `openssl rand -base64 32` gives it. The first one encrypts; the others are kept for what they have encrypted.
   * @throws {ConfigError} for what is not that
   */
  constructor(text: string) {
    const keys = new Map<string, Buffer>();
    for (const [index, entry] of text.split(',').entries()) {
      const [id = '', key = ''] = splitOnce(entry.trim());
      const bytes = Buffer.from(key, 'base64');
      if (!KEY_ID.test(id)) throw wrongKeys(`key ${index + 1} needs an id before it, as in "2026:…"`);
      if (keys.has(id)) throw wrongKeys(`two keys have the id "${id}"`);
      if (bytes.length !== KEY_LENGTH)
        throw wrongKeys(`key "${id}" is not 32 bytes in base64: openssl rand -base64 32`);
      keys.set(id, bytes);
    }
    this.#keys = keys;
    this.currentKey = [...keys.keys()][0] ?? '';
  }

  /**
   * @param context what the text belongs to: it can't be decrypted as that of another
   */
  encrypt(plain: string, context: string): string {
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.currentKey), nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${FORMAT}.${this.currentKey}.${sealed.toString('base64url')}`;
  }

  /** @throws {ConfigError} when its key is not there, and for a text that was changed or is of another context */
  decrypt(text: string, context: string): string {
    const [format, id = '', body = ''] = text.split('.');
    if (format !== FORMAT) throw wrongKeys('what is stored was not encrypted by this library');
    const sealed = Buffer.from(body, 'base64url');
    const key = this.#key(id);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_LENGTH));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
      const plain = [decipher.update(sealed.subarray(NONCE_LENGTH, -TAG_LENGTH)), decipher.final()];
      return Buffer.concat(plain).toString('utf8');
    } catch (cause) {
      throw wrongKeys(
        `key "${id}" does not open what is stored: it is another key of that id, or the text was changed`,
        cause,
      );
    }
  }

  /** Whether it was encrypted with the key that is used now. */
  isCurrent(text: string): boolean {
    return text.startsWith(`${FORMAT}.${this.currentKey}.`);
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id);
    if (!key)
      throw wrongKeys(`there is no key "${id}", with which something is encrypted: add it again, behind the new one`);
    return key;
  }
}

/** @throws {ConfigError} when there are none */
export function readKeyring(keys: string | undefined): Keyring {
  if (keys === undefined || keys.trim() === '') {
    throw wrongKeys('is needed to keep credentials: "1:" and what `openssl rand -base64 32` gives');
  }
  return new Keyring(keys);
}

function splitOnce(entry: string): [string, string] {
  const colon = entry.indexOf(':');
  return colon === -1 ? ['', entry] : [entry.slice(0, colon), entry.slice(colon + 1)];
}

function wrongKeys(message: string, cause?: unknown): ConfigError {
  return new ConfigError('The keys of the integrations', [{ path: [KEYS_VARIABLE], message }], { cause });
}
