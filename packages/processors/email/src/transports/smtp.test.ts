import { ConfigError, PermanentError } from '@bizinsights/jobs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmailTransport, RenderedEmail } from '../ports.js';
import { type MailServer, startMailServer } from '../testing/mail-server.js';
import { type SmtpTransportOptions, smtpTransport } from './smtp.js';

const cleanUp: (() => Promise<void> | void | undefined)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function startServer(login?: { user: string; pass: string }): Promise<MailServer> {
  const server = await startMailServer(login ? { login } : {});
  cleanUp.push(() => server.close());
  return server;
}

function open(options: SmtpTransportOptions): EmailTransport {
  const transport = smtpTransport(options);
  cleanUp.push(() => transport.close?.());
  return transport;
}

const never = new AbortController().signal;

function mail(more: Partial<RenderedEmail> = {}): RenderedEmail {
  return {
    from: { name: 'Biz, Insights', address: 'no-reply@example.com' },
    to: [{ name: 'Zoë', address: 'zoe@example.com' }],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: 'Grüße',
    html: '<p>Hello</p>',
    text: 'Hello',
    headers: {},
    attachments: [],
    ...more,
  };
}

let server: MailServer;
let transport: EmailTransport;
beforeEach(async () => {
  server = await startServer();
  transport = open({ url: server.url });
});

const send = (one = mail(), idempotencyKey = 'k', signal = never) => transport.send([one], { idempotencyKey, signal });
const failure = (one = mail()) =>
  send(one).then(
    () => undefined,
    (error: unknown) => error,
  );

it('a mail arrives with everything that it has', async () => {
  const content = Buffer.from('figures\n');
  await send(
    mail({
      to: [{ name: 'Zoë', address: 'zoe@example.com' }, { address: 'ann@example.com' }],
      cc: [{ address: 'cy@example.com' }],
      bcc: [{ address: 'di@example.com' }],
      replyTo: [{ address: 'support@example.com' }],
      attachments: [{ filename: 'März.csv', content: content.toString('base64'), contentType: 'text/csv' }],
    }),
  );
  const [{ envelope, mail: received, source } = { envelope: undefined, mail: undefined, source: '' }] = server.received;
  expect(envelope?.to).toEqual(['zoe@example.com', 'ann@example.com', 'cy@example.com', 'di@example.com']);
  expect(received).toMatchObject({
    from: { name: 'Biz, Insights', address: 'no-reply@example.com' },
    to: [
      { name: 'Zoë', address: 'zoe@example.com' },
      { name: '', address: 'ann@example.com' },
    ],
    cc: [{ address: 'cy@example.com' }],
    replyTo: [{ address: 'support@example.com' }],
    subject: 'Grüße',
    text: 'Hello\n',
    html: '<p>Hello</p>\n',
    attachments: [{ filename: 'März.csv', mimeType: 'text/csv' }],
  });
  const [attachment] = received?.attachments ?? [];
  const bytes = attachment?.content instanceof ArrayBuffer ? new Uint8Array(attachment.content) : [];
  expect(Buffer.from(bytes).toString()).toBe('figures\n');
  expect(source).not.toContain('di@example.com');
});

it.each([
  ['text/calendar; method=REQUEST', 'text/calendar', ['method=REQUEST']],
  ['text/csv; charset=utf-8', 'text/csv', ['charset=utf-8']],
  ['application/json; charset="utf-8"', 'application/json', ['charset=utf-8']],
  ['text/calendar; charset="utf-8"; method=REQUEST', 'text/calendar', ['charset=utf-8', 'method=REQUEST']],
  ['text/x; note="a b"', 'text/x', ['note="a b"']],
])('an attachment arrives as %s', async (contentType, mimeType, parameters) => {
  const content = Buffer.from('figures\n').toString('base64');
  await send(mail({ attachments: [{ filename: 'a.txt', content, contentType }] }));
  const [received] = server.received;
  expect(received?.mail.attachments).toMatchObject([{ filename: 'a.txt', mimeType, disposition: 'attachment' }]);
  const unfolded = received?.source.replace(/\r\n[ \t]+/g, ' ') ?? '';
  const [header = ''] = /^Content-Type: .*name=a\.txt$/m.exec(unfolded.replaceAll('\r', '')) ?? [];
  expect(header.split('; ')).toEqual([`Content-Type: ${mimeType}`, ...parameters, 'name=a.txt']);
});

it('each mail has a Message-ID that stays the same over its attempts', async () => {
  const { ids } = await send(mail(), 'email-sending/a');
  expect(ids).toEqual([expect.stringMatching(/^<[0-9a-f]{32}@example\.com>$/)]);
  expect(await send(mail(), 'email-sending/a')).toEqual({ ids, rejected: [] });
  const other = await send(mail(), 'email-sending/b');
  expect(other.ids).not.toEqual(ids);
  expect(server.received.map((one) => one.mail.messageId)).toEqual([...ids, ...ids, ...other.ids]);
});

it('the key goes into a header that the server reads, where one is named', async () => {
  transport = open({ url: server.url, idempotencyHeader: 'Resend-Idempotency-Key' });
  await send(mail({ headers: { Precedence: 'bulk' } }), 'email-sending/a');
  expect(server.received[0]?.mail.headers).toContainEqual(
    expect.objectContaining({ key: 'precedence', value: 'bulk' }),
  );
  expect(server.received[0]?.mail.headers).toContainEqual(
    expect.objectContaining({ key: 'resend-idempotency-key', value: 'email-sending/a' }),
  );
});

it('extra headers arrive as they were given, each on its own', async () => {
  const headers = {
    'List-Unsubscribe': `<https://app.example.com/unsubscribe?t=${'x'.repeat(200)}>, <mailto:stop@example.com>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': 'Alerts, all <alerts.example.com>',
    'Feedback-ID': 'alerts:acme:mail:bizinsights',
    Precedence: 'bulk',
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
    Importance: 'high',
    'X-Entity-Ref-ID': 'alert/7',
    'In-Reply-To': '<alert.7@example.com>',
    References: `<alert.6@example.com> <${'y'.repeat(120)}@example.com> <alert.7@example.com>`,
  } as const;
  await send(mail({ headers }));
  const [received] = server.received;
  const arrived = new Map(received?.mail.headers.map(({ key, value }) => [key, value]));
  for (const [name, value] of Object.entries(headers)) expect(arrived.get(name.toLowerCase())).toBe(value);
  expect(received?.mail.headers.filter(({ key }) => key in headers || key === 'references')).toHaveLength(1);
  expect(received?.envelope.to).toEqual(['zoe@example.com']);
});

it('connections are kept open for the next mails, and closed at the end', async () => {
  for (let index = 0; index < 5; index++) await send(mail(), `k${index}`);
  expect(server.connections).toEqual({ total: 1, open: 1 });
  await transport.close?.();
  await expect.poll(() => server.connections.open).toBe(0);
  // A worker that is started again sends again.
  await send(mail(), 'again');
  expect(server.received).toHaveLength(6);
});

describe('a refused mail', () => {
  it('is told with the words of the server, and the next one goes out', async () => {
    server.recipients.set('zoe@example.com', { code: 550, text: '5.1.1 No such user' });
    expect(await send()).toEqual({
      ids: [],
      rejected: [{ index: 0, to: 'zoe@example.com', reason: expect.stringContaining('550 5.1.1 No such user') }],
    });
    server.faults.push({ code: 554, text: '5.7.1 Looks like spam' });
    expect(await send(mail({ to: [{ address: 'ann@example.com' }] }))).toMatchObject({
      ids: [],
      rejected: [{ to: 'ann@example.com', reason: expect.stringContaining('Looks like spam') }],
    });
    await send(mail({ to: [{ address: 'ann@example.com' }] }));
    expect(server.received).toHaveLength(1);
  });

  it('by some of its recipients is sent to the others, and the refused ones are named', async () => {
    server.recipients.set('bob@example.com', { code: 550, text: '5.1.1 No such user' });
    const to = [{ address: 'ann@example.com' }, { address: 'bob@example.com' }];
    expect(await send(mail({ to }))).toEqual({
      ids: [expect.any(String)],
      rejected: [{ index: 0, to: 'bob@example.com', reason: expect.stringContaining('No such user') }],
    });
    expect(server.received[0]?.envelope.to).toEqual(['ann@example.com']);
  });

  it('for now is tried again', async () => {
    server.recipients.set('zoe@example.com', { code: 450, text: '4.2.0 Greylisted' });
    const error = await failure();
    expect(error).toMatchObject({ message: expect.stringMatching(/^SMTP server 127\.0\.0\.1:\d+: 450 4\.2\.0 Grey/) });
    expect(error).not.toBeInstanceOf(PermanentError);
    server.recipients.clear();
    server.faults.push({ code: 451, text: '4.3.0 Try again' });
    expect(await failure()).not.toBeInstanceOf(PermanentError);
    await send();
    expect(server.received).toHaveLength(1);
  });

  it('because of its sender is an error for good', async () => {
    const error = await failure(mail({ from: { address: 'forbidden@example.com' } }));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ message: expect.stringContaining('Sender not allowed') });
  });
});

describe('a login', () => {
  const login = { user: 'ann', pass: 'pa:ss/wörd@%' };

  it('is made with what stands in the address', async () => {
    server = await startServer(login);
    transport = open({ url: server.url, verify: true });
    await transport.open?.();
    await send();
    expect(server.received).toHaveLength(1);
  });

  it('that fails is an error for good, and does not tell the password', async () => {
    server = await startServer(login);
    const auth = { user: 'ann', pass: 'wrong-password' };
    transport = open({ host: server.host, port: server.port, auth, verify: true });
    for (const error of [await failure(), await transport.open?.()?.then(null, (thrown: unknown) => thrown)]) {
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ message: expect.stringContaining('535 5.7.8 Bad credentials') });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('wrong-password');
    }
  });
});

describe('a lost connection', () => {
  it('before the mail is tried again', async () => {
    await server.close();
    expect(await failure()).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
    expect(await failure()).not.toBeInstanceOf(PermanentError);
  });

  it('before the answer is left to the job: the transport does not send again by itself', async () => {
    server.faults.push('lose-answer');
    expect(await failure()).toBeInstanceOf(Error);
    expect(server.received).toHaveLength(1);
    await expect.poll(() => server.connections.open).toBe(0);
    expect(server.received).toHaveLength(1);
  });

  it('by an answer that does not come ends after the time limit', async () => {
    transport = open({ url: server.url, timeout: 2_000 });
    server.faults.push('hang');
    expect(await failure()).toMatchObject({ message: expect.stringMatching(/timeout/i) });
  });
});

it('an attempt that is aborted ends with its reason, and cuts the connection', async () => {
  server.faults.push('hang');
  const controller = new AbortController();
  const sending = send(mail(), 'k', controller.signal);
  const reason = new Error('cancelled');
  setTimeout(() => controller.abort(reason), 50);
  await expect(sending).rejects.toBe(reason);
  await expect.poll(() => server.connections.open).toBe(0);
});

it.each([
  'http://mail.example.com',
  'smtp://',
  'mail.example.com:25',
  'smtp://ann:secret%zz@mail.example.com',
  'smtp://ann:secret@mail.example.com?pool=true',
])('the address %s is refused, and its password is not told', (url) => {
  expect(() => smtpTransport({ url })).toThrow(ConfigError);
  expect(() => smtpTransport({ url })).not.toThrow(/secret/);
});
