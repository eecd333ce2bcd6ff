/**
 * Mail by Resend's HTTP API (resend.com/docs/api-reference/emails).
 *
 * Two POSTs by `fetch` and not its SDK: that one takes no `fetch`, and turns a network error into a text without its
 * cause. The tests hold the requests and the local server against the SDK.
 */
import { ConfigError, readConfig, type Variables } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { formatAddress } from '../address.js';
import { emailEnvironment } from '../environment.js';
import type { EmailAddress, EmailTransport, RenderedEmail, SendOptions, SendReceipt } from '../ports.js';
import { resendError } from './resend-errors.js';

/** What `resendTransport` takes. */
export interface ResendTransportOptions {
  /** White space around it does not count. Default: `RESEND_API_KEY`. */
  readonly apiKey?: string;
  /** Default: `https://api.resend.com`. */
  readonly baseUrl?: string;
  /** Default: Node's. */
  readonly fetch?: typeof fetch;
  /** Time limit of one request, ms. Default 30,000. */
  readonly timeout?: number;
  /** The clock that dates in `retry-after` are read against. Default: `Date.now`. */
  readonly now?: () => number;
  /** Where variables are read. Default: where `emailProcessor` reads its own. */
  readonly environment?: Variables;
}

/** "Send Batch Emails": up to 100 at once. */
const MAX_BATCH = 100;

const sentOne = z.object({ id: z.string() });
const sentBatch = z.object({
  data: z.array(sentOne),
  errors: z.array(z.object({ index: z.number().int(), message: z.string() })).default([]),
});

/**
 * Sends by Resend.
 *
 * @throws {ConfigError} for a key or an address that cannot be used; for a missing key when the worker starts
 * @example
 * ```ts
 * emailProcessor({ transport: resendTransport() });
 * ```
 */
export function resendTransport(options: ResendTransportOptions = {}): EmailTransport {
  const { baseUrl = 'https://api.resend.com', timeout = 30_000, now = Date.now } = options;
  const request = options.fetch ?? fetch;
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl))
    throw wrong('baseUrl', 'must be an http or https address');
  // Where there is only white space, no key is set.
  const given = options.apiKey?.trim() || undefined;
  if (given !== undefined) checkKey(given);
  let key = given;

  async function post<T>(path: string, body: unknown, answer: z.ZodType<T>, sending: SendOptions): Promise<T> {
    const { idempotencyKey, signal } = sending;
    key ??= findKey(options.environment);
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
      // One bad address must not hold up the other mails of a batch ("Batch Validation Modes").
      'x-batch-validation': 'permissive',
    };
    let response: Response;
    let text: string;
    try {
      response = await request(baseUrl.replace(/\/+$/, '') + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
      });
      text = await response.text();
    } catch (cause) {
      signal.throwIfAborted();
      throw new Error(`Resend could not be reached: ${reasonOf(cause)}`, { cause });
    }
    const content = parseJson(text);
    if (!response.ok) throw resendError(response, content, now);
    const parsed = answer.safeParse(content);
    // Asked again with the same key, it says again what it said, and sends nothing.
    if (!parsed.success) throw new Error(`Resend answered ${response.status} with a body that cannot be understood`);
    return parsed.data;
  }

  return {
    name: 'Resend',
    maxBatch: MAX_BATCH,
    open(variables) {
      key = given ?? findKey(options.environment ?? variables);
    },
    async send(mails, sending): Promise<SendReceipt> {
      const [first, ...others] = mails.map(toRequest);
      // The batch endpoint takes no attachments: a single mail goes by the other one.
      if (others.length === 0) return { ids: [(await post('/emails', first, sentOne, sending)).id], rejected: [] };
      const { data, errors } = await post('/emails/batch', [first, ...others], sentBatch, sending);
      return {
        ids: data.map(({ id }) => id),
        rejected: errors.map(({ index, message }) => ({
          index,
          to: mails[index]?.to.map(formatAddress).join(', ') ?? '',
          reason: message,
        })),
      };
    },
  };
}

/** A mail in Resend's words. `undefined` is left out by JSON. */
function toRequest(mail: RenderedEmail) {
  const list = (addresses: readonly EmailAddress[]) =>
    addresses.length > 0 ? addresses.map(formatAddress) : undefined;
  return {
    from: formatAddress(mail.from),
    to: mail.to.map(formatAddress),
    cc: list(mail.cc),
    bcc: list(mail.bcc),
    reply_to: list(mail.replyTo),
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    headers: Object.keys(mail.headers).length > 0 ? mail.headers : undefined,
    attachments:
      mail.attachments.length > 0
        ? mail.attachments.map(({ filename, content, contentType }) => ({
            filename,
            content,
            content_type: contentType,
          }))
        : undefined,
  };
}

function findKey(variables: Variables | undefined): string {
  const { RESEND_API_KEY } = readConfig(variables, emailEnvironment);
  if (RESEND_API_KEY !== undefined) return checkKey(RESEND_API_KEY);
  throw wrong('RESEND_API_KEY', 'set it, or give resendTransport({ apiKey })');
}

/** Before `fetch` does, whose error holds the key. */
function checkKey(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw wrong('apiKey', 'must be a key of Resend: a text without spaces');
}

function wrong(name: string, message: string): ConfigError {
  return new ConfigError('Resend cannot be used', [{ path: [name], message }]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` says "fetch failed"; why stands in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause = error } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : error.message;
}
