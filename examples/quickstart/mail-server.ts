/** An SMTP server on this machine that really receives, keeps what it gets as files, and refuses now and then. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';

/** Every so many recipients are told to try again, some of them twice. */
const REFUSED_ONCE = 6;
const REFUSED_TWICE = 30;

export interface MailServer {
  readonly port: number;
  /** Mails by the recipient's address. */
  readonly received: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function startMailServer(folder: string): Promise<MailServer> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const received = new Map<string, number>();
  const refusals = new Map<string, number>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const left = refusals.get(address) ?? refusalsOf(refusals.size);
      refusals.set(address, left - 1);
      done(left > 0 ? Object.assign(new Error('mailbox is busy, try again'), { responseCode: 451 }) : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        for (const { address } of session.envelope.rcptTo) {
          const count = (received.get(address) ?? 0) + 1;
          received.set(address, count);
          writeFileSync(join(folder, `${address}${count > 1 ? `.${count}` : ''}.eml`), Buffer.concat(chunks));
        }
        done();
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.server.address();
  if (typeof address !== 'object' || !address) throw new Error('The SMTP server has no port');
  return {
    port: address.port,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** How often the n-th recipient is refused before its mail is taken. */
function refusalsOf(n: number): number {
  if (n % REFUSED_TWICE === REFUSED_TWICE - 1) return 2;
  return n % REFUSED_ONCE === REFUSED_ONCE - 1 ? 1 : 0;
}
