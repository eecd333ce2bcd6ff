import { ConfigError, PermanentError, RetryAfterError } from '@bizinsights/jobs-core';
import { Resend } from 'resend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RenderedEmail } from '../ports.js';
import { type ResendServer, startResendServer } from '../testing/resend-server.js';
import { resendTransport } from './resend.js';

let server: ResendServer;
beforeEach(async () => {
  server = await startResendServer();
});
afterEach(() => server.close());

const never = new AbortController().signal;

function mail(to: string, more: Partial<RenderedEmail> = {}): RenderedEmail {
  return {
    from: { name: 'Biz, Insights', address: 'no-reply@example.com' },
    to: [{ address: to }],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: 'Hello',
    html: '<p>Hello</p>',
    text: 'Hello',
    headers: {},
    attachments: [],
    ...more,
  };
}

const transport = (options: object = {}) => resendTransport({ apiKey: server.apiKey, baseUrl: server.url, ...options });
const send = (mails: readonly RenderedEmail[], idempotencyKey = 'k', signal = never) =>
  transport().send(mails, { idempotencyKey, signal });
/** The error that a `send` ends with. */
const failure = (mails = [mail('a@example.com')]) =>
  send(mails).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('one mail', () => {
  it('goes out with everything that it has', async () => {
    const { ids, rejected } = await send([
      mail('ann@example.com', {
        to: [{ name: 'Ann', address: 'ann@example.com' }, { address: 'bob@example.com' }],
        cc: [{ address: 'cy@example.com' }],
        bcc: [{ address: 'di@example.com' }],
        replyTo: [{ address: 'support@example.com' }],
        headers: { 'List-Unsubscribe': '<https://app.example.com/unsubscribe>', Precedence: 'bulk' },
        attachments: [
          { filename: 'a.txt', content: 'aGVsbG8=', contentType: 'text/plain' },
          { filename: 'a.ics', content: 'aGVsbG8=', contentType: 'text/calendar; charset="utf-8"; method=REQUEST' },
        ],
      }),
    ]);
    expect({ ids, rejected }).toEqual({ ids: [expect.stringMatching(/^[\w-]{36}$/)], rejected: [] });
    expect(server.requests).toEqual([{ path: '/emails', idempotencyKey: 'k', mails: 1 }]);
    expect(server.sent).toEqual([
      {
        from: '"Biz, Insights" <no-reply@example.com>',
        to: ['Ann <ann@example.com>', 'bob@example.com'],
        cc: ['cy@example.com'],
        bcc: ['di@example.com'],
        reply_to: ['support@example.com'],
        subject: 'Hello',
        html: '<p>Hello</p>',
        text: 'Hello',
        headers: { 'List-Unsubscribe': '<https://app.example.com/unsubscribe>', Precedence: 'bulk' },
        attachments: [
          { filename: 'a.txt', content: 'aGVsbG8=', content_type: 'text/plain' },
          { filename: 'a.ics', content: 'aGVsbG8=', content_type: 'text/calendar; charset="utf-8"; method=REQUEST' },
        ],
      },
    ]);
  });

  it('is sent once, however often it is asked for with its key', async () => {
    server.faults.push('lose-answer');
    expect(await failure()).toBeInstanceOf(Error);
    const again = await send([mail('a@example.com')]);
    expect(await send([mail('a@example.com')])).toEqual(again);
    expect(server.sent).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('goes out in one request', async () => {
    const mails = Array.from({ length: 100 }, (_, index) => mail(`user${index}@example.com`));
    const { ids } = await send(mails);
    expect(new Set(ids).size).toBe(100);
    expect(server.requests).toEqual([{ path: '/emails/batch', idempotencyKey: 'k', mails: 100 }]);
    expect(server.sent.map(({ to }) => to)).toEqual(mails.map(({ to }) => to.map(({ address }) => address)));
  });

  it('has the extra headers of each of its mails', async () => {
    const references = '<alert.7@example.com>';
    await send([mail('a@example.com', { headers: { References: references } }), mail('b@example.com')]);
    expect(server.sent.map(({ headers }) => headers)).toEqual([{ References: references }, undefined]);
  });

  it('is not held up by a bad address: that mail is told, and the others go out', async () => {
    const receipt = await send([mail('a@example.com'), mail('invalid@example.com'), mail('b@example.com')]);
    expect(receipt.ids).toHaveLength(2);
    expect(receipt.rejected).toEqual([{ index: 1, to: 'invalid@example.com', reason: 'Invalid `to` field.' }]);
    expect(server.sent).toHaveLength(2);
  });
});

describe('an error', () => {
  it.each([
    ['a bad address', () => failure([mail('invalid@example.com')]), '422 validation_error: Invalid `to` field.'],
    [
      'a sender that is not verified',
      () => failure([mail('a@example.com', { from: { address: 'a@example.org' } })]),
      '403 validation_error: The domain is not verified',
    ],
    [
      'a key that was used for another mail',
      async () => {
        await send([mail('a@example.com')]);
        return failure([mail('b@example.com')]);
      },
      '409 invalid_idempotent_request: Same idempotency key used with a different request payload. (an earlier attempt',
    ],
  ])('for %s is for good', async (_case, act, message) => {
    const error = await act();
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ message: expect.stringContaining(`Resend answered ${message}`) });
  });

  it('for a wrong key is for good, and does not tell the key', async () => {
    const key = 're_wrong_key_1234';
    const error: unknown = await transport({ apiKey: key })
      .send([mail('a@example.com')], { idempotencyKey: 'k', signal: never })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ message: 'Resend answered 403 invalid_api_key: API key is invalid.' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(key);
  });

  it.each([
    [{ status: 429, name: 'rate_limit_exceeded', headers: { 'retry-after': '7' } }, 7_000],
    [{ status: 429, name: 'rate_limit_exceeded', headers: { 'ratelimit-reset': '3' } }, 3_000],
    [{ status: 429, name: 'rate_limit_exceeded', headers: { 'retry-after': 'Thu, 05 Nov 2026 14:00:09 GMT' } }, 9_000],
    [{ status: 429, name: 'rate_limit_exceeded' }, 1_000],
    [{ status: 429, name: 'daily_quota_exceeded' }, 3_600_000],
    [{ status: 409, name: 'concurrent_idempotent_requests' }, 2_000],
    [{ status: 503, name: 'rate_limit_exceeded', headers: { 'retry-after': '1.2' } }, 1_200],
  ])('%j means to come back after %d ms', async (fault, delay) => {
    server.faults.push(fault);
    const slow = transport({ now: () => Date.parse('2026-11-05T14:00:00Z') });
    const error: unknown = await slow
      .send([mail('a@example.com')], { idempotencyKey: 'k', signal: never })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({ delay });
  });

  it('for a used-up month is for good, with what to do', async () => {
    server.faults.push({ status: 429, name: 'monthly_quota_exceeded' });
    expect(await failure()).toMatchObject({
      code: 'JOB_PERMANENT',
      message: expect.stringContaining('raise the quota'),
    });
  });

  it.each([{ status: 500 }, { status: 503 }, { status: 408 }, 'cut' as const])('%j is tried again', async (fault) => {
    server.faults.push(fault);
    const error = await failure();
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(error).not.toBeInstanceOf(RetryAfterError);
    await send([mail('a@example.com')]);
    expect(server.sent).toHaveLength(1);
  });

  it('of the network says which', async () => {
    const { url } = server;
    await server.close();
    const error: unknown = await transport({ baseUrl: url })
      .send([mail('a@example.com')], { idempotencyKey: 'k', signal: never })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'Resend could not be reached: ECONNREFUSED', cause: expect.any(Error) });
    server = await startResendServer();
  });

  it('that is no JSON, or a success without an id, is tried again', async () => {
    const page = (status: number) => async () => new Response('<html>', { status });
    for (const status of [502, 200]) {
      const sending = transport({ fetch: page(status) }).send([mail('a@example.com')], {
        idempotencyKey: 'k',
        signal: never,
      });
      await expect(sending).rejects.toThrow(`Resend answered ${status}`);
      await expect(sending).rejects.not.toBeInstanceOf(PermanentError);
    }
  });
});

it('an attempt that is aborted ends with its reason', async () => {
  server.faults.push('hang');
  const controller = new AbortController();
  const sending = send([mail('a@example.com')], 'k', controller.signal);
  const reason = new Error('cancelled');
  setTimeout(() => controller.abort(reason), 50);
  await expect(sending).rejects.toBe(reason);
});

it('a request that takes too long is tried again', async () => {
  server.faults.push('hang');
  const slow = transport({ timeout: 50 }).send([mail('a@example.com')], { idempotencyKey: 'k', signal: never });
  await expect(slow).rejects.toThrow('Resend could not be reached');
});

describe('settings', () => {
  it('the key comes from RESEND_API_KEY where none is given', async () => {
    const settings = { baseUrl: server.url, environment: { RESEND_API_KEY: server.apiKey } };
    await resendTransport(settings).send([mail('a@example.com')], { idempotencyKey: 'k', signal: never });
    expect(server.sent).toHaveLength(1);
  });

  it('white space around a key does not count, and alone it is no key', async () => {
    const key = ` ${server.apiKey}\n`;
    const settings = { baseUrl: server.url };
    const send = (options: object) =>
      resendTransport({ ...settings, ...options }).send([mail('a@example.com')], {
        idempotencyKey: 'k',
        signal: never,
      });
    await send({ apiKey: key });
    await send({ environment: { RESEND_API_KEY: key } });
    await send({ apiKey: ' \n', environment: { RESEND_API_KEY: key } });
    expect(() => resendTransport({ apiKey: ' ', environment: { RESEND_API_KEY: '\n' } }).open?.()).toThrow(/set it/);
  });

  it('without a key the worker does not start, and is told which variable to set', () => {
    expect(() => resendTransport({ environment: {} }).open?.()).toThrow(/RESEND_API_KEY: set it/);
  });

  it('a key or an address that cannot be used is refused, and the key is not told', () => {
    const act = () => resendTransport({ apiKey: 'se cret\n' });
    expect(act).toThrow(ConfigError);
    expect(act).not.toThrow(/cret/);
    expect(() => resendTransport({ apiKey: 'k', baseUrl: 'ftp://x' })).toThrow(/baseUrl: must be/);
  });
});

it("the local server takes what Resend's own SDK sends, and the SDK understands its answers", async () => {
  const sdk = new Resend(server.apiKey, { baseUrl: server.url });
  const one = { from: 'a@example.com', to: 'b@example.com', subject: 'Hello', html: '<p>Hello</p>', text: 'Hello' };
  const first = await sdk.emails.send(one, { idempotencyKey: 'one' });
  expect(first.error).toBeNull();
  expect((await sdk.emails.send(one, { idempotencyKey: 'one' })).data).toEqual(first.data);
  expect((await sdk.emails.send({ ...one, subject: 'Other' }, { idempotencyKey: 'one' })).error).toMatchObject({
    name: 'invalid_idempotent_request',
    statusCode: 409,
  });
  const batch = await sdk.batch.send([one, { ...one, to: 'invalid@example.com' }], { batchValidation: 'permissive' });
  expect(batch.data).toMatchObject({ data: [{ id: expect.any(String) }], errors: [{ index: 1 }] });
  const stranger = new Resend('re_other', { baseUrl: server.url });
  expect((await stranger.emails.send(one)).error).toMatchObject({ name: 'invalid_api_key' });
  expect(server.sent).toHaveLength(2);
});
