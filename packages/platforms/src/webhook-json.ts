/** The body of a webhook that is JSON. */
import { PlatformResponseError } from './errors.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param what for the message: `Stripe's webhook`
 * @throws {PlatformResponseError} for what is not JSON in UTF-8
 */
export function webhookJson(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new PlatformResponseError(`${what}: a body that is not JSON`);
  }
}
