/** The body of a webhook that is JSON. */
import { PlatformResponseError } from '../errors.js';
import { parseLosslessly } from '../http/lossless-json.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * An integer beyond 2^53 - 1 comes as text, in its digits: an id that a double would round to another one. Byte-order marks
 * around the JSON are left out; they are signed with it.
 *
 * @param what for the message: `Stripe's webhook`
 * @throws {PlatformResponseError} for what is not JSON in UTF-8
 */
export function webhookJson(body: Uint8Array, what: string): unknown {
  try {
    return parseLosslessly(utf8.decode(body));
  } catch {
    throw new PlatformResponseError(`${what}: a body that is not JSON`);
  }
}
