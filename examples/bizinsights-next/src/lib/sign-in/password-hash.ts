/** Passwords as hashes by scrypt: `scrypt$N$r$p$salt$key`, each with a salt of its own. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What a new hash costs: 16 MiB, as the password storage cheat sheet of OWASP has it. The cost of an old one is in it. */
const COST: Cost = { N: 2 ** 14, r: 8, p: 5 };

const SALT_BYTES = 16;
const KEY_BYTES = 32;

const FORM = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]{43})$/;

/** Of nobody. To compare with it takes as long as with any other, and no password is equal. */
const NOBODY = write(COST, Buffer.alloc(SALT_BYTES), Buffer.alloc(KEY_BYTES));

export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return write(cost, salt, await deriveKey(password, salt, cost));
}

/**
 * Whether the hash is of this password.
 *
 * @param hash undefined for somebody who is not known, which takes as long
 * @throws {Error} for what is no hash
 */
export async function isPasswordOf(hash: string | undefined, password: string): Promise<boolean> {
  const [, N, r, p, salt, key] = FORM.exec(hash ?? NOBODY) ?? [];
  if (salt === undefined || key === undefined) throw new Error('This is no hash of a password');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await deriveKey(password, Buffer.from(salt, 'base64url'), cost);
  return timingSafeEqual(derived, Buffer.from(key, 'base64url'));
}

function deriveKey(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  // Keyboards write the same letter in more than one way.
  const text = password.normalize('NFKC');
  return new Promise((resolve, reject) =>
    scrypt(text, salt, KEY_BYTES, cost, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

function write({ N, r, p }: Cost, salt: Buffer, key: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}
