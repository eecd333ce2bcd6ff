/** Addresses of mails, as a job states them. */
import { z } from 'zod';
import { EMAIL_LIMITS } from './limits.js';

const LOCAL = "(?=[^@]{1,64}@)[\\w!#$%&'*+/=?^`{|}~-]+(?:\\.[\\w!#$%&'*+/=?^`{|}~-]+)*";
const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]*[\\p{L}\\p{M}\\p{N}])?';
const ADDR = `${LOCAL}@(?:${LABEL}\\.)*${LABEL}`;

/**
 * `ann@example.com`, `Ann <ann@example.com>` or `"Lee, Ann" <ann@example.com>`. A domain may be written in Unicode; the
 * part before the @ may not, because few servers take that (SMTPUTF8).
 */
export const ADDRESS = new RegExp(
  `^(?:(?:"(?<quoted>[^"\\\\\\p{Cc}]*)"|(?<name>[^"<>,;@\\\\\\p{Cc}]*?))\\s*<(?<boxed>${ADDR})>|(?<bare>${ADDR}))$`,
  'u',
);

export const address = z
  .string()
  .max(512)
  .refine((text) => {
    const { boxed, bare } = ADDRESS.exec(text)?.groups ?? {};
    const [, domain] = (boxed ?? bare ?? '').split('@');
    // What no expression says of a domain: that its numbers are an IP address, that its Unicode is allowed.
    return domain !== undefined && URL.canParse(`http://${domain}`);
  }, 'must be an address such as "ann@example.com" or "Ann <ann@example.com>"');

export const addresses = z.union([address, z.array(address).min(1).max(EMAIL_LIMITS.recipients)], {
  error: 'must be an address or a list of addresses',
});
