/** What an error that Resend answers means for a job. */
import { PermanentError, RetryAfterError } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { retryAfter } from './retry-after.js';

/** `later`: come back after `wait` ms, if Resend says nothing else. `never`: no further attempt can help. */
type Meaning =
  | { readonly kind: 'later'; readonly wait: number }
  | { readonly kind: 'never'; readonly advice?: string }
  | { readonly kind: 'again' };

/** The errors that mean something else than their status does. Resend, "Errors" (docs/api-reference/errors). */
const BY_NAME: Readonly<Record<string, Meaning>> = {
  rate_limit_exceeded: { kind: 'later', wait: 1_000 },
  // Free again after a day at most: within the time that a job may be put off.
  daily_quota_exceeded: { kind: 'later', wait: 3_600_000 },
  // Longer than any job may wait.
  monthly_quota_exceeded: { kind: 'never', advice: 'raise the quota, then retry the failed jobs' },
  concurrent_idempotent_requests: { kind: 'later', wait: 2_000 },
  invalid_idempotent_request: {
    kind: 'never',
    advice:
      'an earlier attempt handed over mails with this key and other content (did a template change in between?); ' +
      'they are not sent again',
  },
};

function byStatus(status: number): Meaning {
  if (status === 429) return { kind: 'later', wait: 1_000 };
  return status >= 500 || status === 408 || status === 409 ? { kind: 'again' } : { kind: 'never' };
}

const errorBody = z.object({ name: z.string().catch(''), message: z.string().catch('') });

/**
 * The error to throw for an answer that is not a success.
 *
 * @param body the answer's body, which may be anything
 */
export function resendError(response: Response, body: unknown, now: () => number): Error {
  const { name, message } = errorBody.catch({ name: '', message: '' }).parse(body);
  const meaning = BY_NAME[name] ?? byStatus(response.status);
  const text = `Resend answered ${[response.status, name].filter(Boolean).join(' ')}${message ? `: ${message.slice(0, 500)}` : ''}`;
  switch (meaning.kind) {
    case 'later':
      return new RetryAfterError(retryAfter(response.headers, now) ?? meaning.wait, text);
    case 'never':
      return new PermanentError(meaning.advice ? `${text} (${meaning.advice})` : text);
    case 'again':
      return new Error(text);
  }
}
