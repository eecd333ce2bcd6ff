/** HMACs of webhooks, compared in constant time. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 of the parts, one behind the other. */
export function hmacSha256(secret: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/**
 * Whether one of the signatures that came is one of those expected. All pairs are compared, whichever fits. An empty secret
 * signs nothing: `trimSecrets` of core leaves it out.
 */
export function someMatch(given: readonly Buffer[], expected: readonly Buffer[]): boolean {
  let matches = false;
  for (const one of given) {
    for (const other of expected) {
      if (one.length === other.length && timingSafeEqual(one, other)) matches = true;
    }
  }
  return matches;
}

/** Bytes of a text in hex; undefined for what is none, where Buffer would read the start and leave the rest. */
export function fromHex(text: string): Buffer | undefined {
  return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Bytes of a text in base64 with its padding; undefined for what is none. */
export function fromBase64(text: string): Buffer | undefined {
  if (!/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) || text === '') return undefined;
  return Buffer.from(text, 'base64');
}
