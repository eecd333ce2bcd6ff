/** Mail by SMTP, with nodemailer. */
import { createHash } from 'node:crypto';
import { ConfigError, defined, toError } from '@bizinsights/jobs-core';
import type { SendMailOptions } from 'nodemailer';
import type { EmailAddress, EmailTransport, RenderedEmail, SendOptions, SendReceipt } from '../ports.js';
import { refusalOf, refusedRecipients, smtpError } from './smtp-errors.js';

/** What `smtpTransport` takes beside the server. */
export interface SmtpSettings {
  /** Open connections at most. Default 5. */
  readonly maxConnections?: number;
  /** How long the server may say nothing, ms. Default 30,000. */
  readonly timeout?: number;
  /** Refuse to go on where the server offers no encryption. Default: false. */
  readonly requireTls?: boolean;
  /** For servers with a certificate of their own. */
  readonly tls?: { readonly ca?: string; readonly servername?: string; readonly rejectUnauthorized?: boolean };
  /** Connect and log in before the worker starts, so that wrong settings are found then. Default: false. */
  readonly verify?: boolean;
  /** A header in which the server takes an idempotency key, such as Resend's `Resend-Idempotency-Key`. Default: none. */
  readonly idempotencyHeader?: string;
}

/** What `smtpTransport` takes. */
export type SmtpTransportOptions = SmtpSettings &
  (
    | {
        /** `smtp://user:password@host:587` or, encrypted from the start, `smtps://user:password@host:465` */
        readonly url: string;
      }
    | {
        readonly host: string;
        /** Default: 465 where `secure`, else 587. */
        readonly port?: number;
        /** Encrypted from the start. Default: false, which encrypts where the server offers it (STARTTLS). */
        readonly secure?: boolean;
        /** Taken as it is: white space may be a part of a password. */
        readonly auth?: { readonly user: string; readonly pass: string };
      }
  );

/**
 * Sends by SMTP, mail after mail.
 *
 * A server cannot tell that it has had a mail before. Each mail has a `Message-ID` that stays the same over all attempts,
 * so that the receiving side can; and a job keeps which of its mails were accepted. One case is left: when the connection
 * is lost between the end of a mail and the server's answer to it, nobody knows, and it is sent again.
 *
 * @throws {ConfigError} for an address that cannot be used; without nodemailer when the worker starts
 * @example
 * ```ts
 * emailProcessor({ transport: smtpTransport({ url: 'smtps://user:password@mail.example.com' }) });
 * ```
 */
export function smtpTransport(options: SmtpTransportOptions): EmailTransport {
  const { verify = false, idempotencyHeader } = options;
  const server = serverOf(options);
  let opened: ReturnType<typeof openPool> | undefined;
  const pool = () => (opened ??= openPool(server, options));

  async function send(mail: RenderedEmail, { idempotencyKey, signal }: SendOptions): Promise<SendReceipt> {
    const sender = await pool();
    const messageId = toMessageId(idempotencyKey, mail.from);
    try {
      const { rejectedErrors = [] } = await sender.sendMail({
        ...toMessage(mail),
        messageId,
        signal,
        headers: {
          ...mail.headers,
          ...(idempotencyHeader === undefined ? {} : { [idempotencyHeader]: idempotencyKey }),
        },
      });
      return { ids: [messageId], rejected: refusedRecipients(rejectedErrors).map((one) => ({ index: 0, ...one })) };
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toError(thrown);
      const reason = refusalOf(error);
      if (reason === undefined) throw smtpError(server.name, error);
      const to = mail.to.map(({ address }) => address).join(', ');
      return { ids: [], rejected: [{ index: 0, to, reason }] };
    }
  }

  return {
    name: `SMTP server ${server.name}`,
    maxBatch: 1,
    async open() {
      const sender = await pool();
      if (!verify) return;
      await sender.verify().catch((thrown: unknown) => {
        throw smtpError(server.name, toError(thrown));
      });
    },
    async send([mail], sending) {
      return mail ? send(mail, sending) : { ids: [], rejected: [] };
    },
    async close() {
      const closing = opened;
      opened = undefined;
      (await closing)?.close();
    },
  };
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
  /** For messages: without the password. */
  readonly name: string;
}

function serverOf(options: SmtpTransportOptions): Server {
  const { host, secure = false, auth, port = secure ? 465 : 587 } = 'url' in options ? parseUrl(options.url) : options;
  return { host, port, secure, auth, name: `${host}:${port}` };
}

function parseUrl(text: string) {
  // The address may hold a password: it is not told.
  const refused = wrong('url', 'must be an address such as smtp://user:password@host:587 or smtps://host');
  if (!URL.canParse(text)) throw refused;
  const { protocol, hostname, port, username, password, search } = new URL(text);
  if (!/^smtps?:$/.test(protocol) || hostname === '') throw refused;
  if (search !== '') throw wrong('url', 'has settings behind a "?"; give them as options of smtpTransport()');
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw refused;
    }
  };
  return {
    // An IPv6 address stands in brackets in an address only.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    secure: protocol === 'smtps:',
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { auth: { user: decode(username), pass: decode(password) } }),
  };
}

async function openPool({ host, port, secure, auth }: Server, settings: SmtpSettings) {
  const { createTransport } = await importNodemailer();
  const { maxConnections = 5, timeout = 30_000, requireTls = false, tls } = settings;
  return createTransport({
    pool: true,
    host,
    port,
    secure,
    ...defined({ auth }),
    requireTLS: requireTls,
    ...defined({ tls }),
    maxConnections,
    // A mail whose connection was lost may have been taken: whether to try again is the job's to decide.
    maxRequeues: 0,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    // An attachment is what the job says, never something that its text names.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** A mail in nodemailer's words. */
function toMessage(mail: RenderedEmail): SendMailOptions {
  const list = (addresses: readonly EmailAddress[]) => addresses.map(({ name = '', address }) => ({ name, address }));
  const [from] = list([mail.from]);
  return {
    ...defined({ from }),
    to: list(mail.to),
    cc: list(mail.cc),
    bcc: list(mail.bcc),
    replyTo: list(mail.replyTo),
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    attachments: mail.attachments.map(({ filename, content, contentType }) => ({
      filename,
      content,
      encoding: 'base64',
      ...defined({ contentType }),
    })),
  };
}

/** The same for the same mail, and on the sender's domain, as RFC 5322, 3.6.4 recommends. */
function toMessageId(key: string, from: EmailAddress): string {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@${domain}>`;
}

async function importNodemailer() {
  try {
    return await import('nodemailer');
  } catch (cause) {
    throw new ConfigError(
      'SMTP cannot be used',
      [{ path: ['transport'], message: 'needs the package "nodemailer": npm install nodemailer' }],
      { cause },
    );
  }
}

function wrong(name: string, message: string): ConfigError {
  return new ConfigError('SMTP cannot be used', [{ path: [name], message }]);
}
