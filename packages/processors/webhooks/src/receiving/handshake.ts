/** Facebook's handshake ("Webhooks: Getting Started", "Verification Requests"): a GET that proves the address to be ours. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readConfig, type Variables } from '@bizinsights/jobs-core';
import { ApiError } from '@bizinsights/jobs-core/http';
import { type WebhooksVariable, webhooksEnvironment } from '../environment.js';

/** The platforms that shake hands, each with the variable of its token. */
const TOKENS = { 'facebook-ads': 'FACEBOOK_VERIFY_TOKEN' } as const satisfies Record<string, WebhooksVariable>;

export function hasHandshake(platform: string): platform is keyof typeof TOKENS {
  return Object.hasOwn(TOKENS, platform);
}

/**
 * Answers the challenge where the token is right.
 *
 * @throws {ApiError} FORBIDDEN, REQUEST_INVALID, or UNAVAILABLE where no token is set
 */
export function shakeHands(platform: keyof typeof TOKENS, query: URLSearchParams, environment?: Variables): Response {
  const token = readConfig(environment, webhooksEnvironment)[TOKENS[platform]];
  if (token === undefined) throw new ApiError('UNAVAILABLE', `Set ${TOKENS[platform]} first`);
  const challenge = query.get('hub.challenge') ?? '';
  if (query.get('hub.mode') !== 'subscribe' || !/^[\w.-]{1,256}$/.test(challenge)) {
    throw new ApiError(
      'REQUEST_INVALID',
      'This is no verification request: `hub.mode` or `hub.challenge` is not right',
    );
  }
  if (!timingSafeEqual(digest(query.get('hub.verify_token') ?? ''), digest(token))) {
    throw new ApiError('FORBIDDEN', 'The `hub.verify_token` is not the one that is set');
  }
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return new Response(challenge, { headers });
}

/** Digests have one length, which `timingSafeEqual` wants, and tell nothing of the token's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
