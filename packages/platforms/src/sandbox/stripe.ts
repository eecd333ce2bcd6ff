/** Stripe's view of the shop. */
import type { StripeCredentials } from '../stripe/index.js';
import type { OpenSandboxPlatform, SandboxResponse } from './platform.js';

const SECRET_KEY = 'sk_test_sandbox51GlazeAndCo';

export const stripeSandbox: OpenSandboxPlatform<StripeCredentials> = () => ({
  credentials: { secretKey: SECRET_KEY },
  answer: () => failure(404, 'invalid_request_error', 'Unrecognized request URL'),
  failures: {
    rateLimited: () => failure(429, 'invalid_request_error', 'Too many requests', 'rate_limit'),
    serverError: () => failure(500, 'api_error', 'Something went wrong on our end'),
    accessLost: () => failure(401, 'invalid_request_error', 'Expired API Key provided', 'api_key_expired'),
  },
  breakRecord: (answer) => answer,
});

function failure(status: number, type: string, message: string, code?: string): SandboxResponse {
  return { status, body: { error: { type, message, ...(code === undefined ? {} : { code }) } } };
}
