/** An SMTP server on this machine that keeps what it gets in a file, for the page that shows the mails. */
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { z } from 'zod';

const mailShape = z.object({
  id: z.string(),
  /** Epoch ms. */
  receivedAt: z.number(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  html: z.string(),
  text: z.string(),
  attachments: z.array(z.object({ filename: z.string(), bytes: z.number() })),
});
export type ReceivedMail = z.output<typeof mailShape>;

export interface Mailbox {
  readonly port: number;
  /** The oldest first. */
  readonly mails: readonly ReceivedMail[];
  close(): Promise<void>;
}

/** @param file a mail a line, as JSON; what stands in it already is there again */
export async function openMailbox(file: string): Promise<Mailbox> {
  const mails = existsSync(file) ? readMails(file) : [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      simpleParser(stream).then((mail) => {
        const received: ReceivedMail = {
          id: String(mails.length + 1),
          receivedAt: Date.now(),
          from: mail.from?.text ?? '',
          to,
          subject: mail.subject ?? '',
          html: mail.html || '',
          text: mail.text ?? '',
          attachments: mail.attachments.map(({ filename = '', size }) => ({ filename, bytes: size })),
        };
        appendFileSync(file, `${JSON.stringify(received)}\n`);
        mails.push(received);
        done();
      }, done);
    },
  });
  // A client that goes away in the middle: it sends again.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (typeof address !== 'object' || address === null) throw new Error('The SMTP server has no port');
  return { port: address.port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function readMails(file: string): ReceivedMail[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => mailShape.parse(JSON.parse(line)));
}
