/** A real SMTP server in this process: what it takes is parsed and kept. */
import { once } from 'node:events';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A mail that was taken, and for whom. */
export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly mail: Email;
  readonly source: string;
}

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly received: ReceivedMail[];
  /** Connections so far, and those that are open. */
  readonly connections: { total: number; open: number };
  /** Answers to `RCPT TO`, by address: code and text. An address that is not named is taken. */
  readonly recipients: Map<string, { readonly code: number; readonly text: string }>;
  /** What happens at the end of the next mails, one after another. */
  readonly faults: MailFault[];
  close(): Promise<void>;
}

export type MailFault =
  /** The mail is refused with this answer. */
  | { readonly code: number; readonly text: string }
  /** The mail is taken, and the connection is cut before the answer. */
  | 'lose-answer'
  /** No answer, until the client goes. */
  | 'hang';

export async function startMailServer(options: { login?: { user: string; pass: string } } = {}): Promise<MailServer> {
  const { login } = options;
  const state = {
    received: [] as ReceivedMail[],
    connections: { total: 0, open: 0 },
    recipients: new Map<string, { code: number; text: string }>(),
    faults: [] as MailFault[],
  };
  const server = new SMTPServer({
    // Its certificate would be its own; that nodemailer encrypts is nodemailer's business.
    disabledCommands: ['STARTTLS', ...(login ? [] : ['AUTH'])],
    authOptional: !login,
    allowInsecureAuth: true,
    logger: false,
    closeTimeout: 100,
    onConnect(_session, done) {
      state.connections.total += 1;
      state.connections.open += 1;
      done();
    },
    onClose() {
      state.connections.open -= 1;
    },
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.pass) done(null, { user: username });
      else done(refusal({ code: 535, text: '5.7.8 Bad credentials' }));
    },
    onMailFrom({ address }, _session, done) {
      done(address.startsWith('forbidden@') ? refusal({ code: 553, text: '5.7.1 Sender not allowed' }) : null);
    },
    onRcptTo({ address }, _session, done) {
      const answer = state.recipients.get(address);
      done(answer ? refusal(answer) : null);
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      const fault = state.faults.shift();
      if (typeof fault === 'object') return done(refusal(fault));
      if (fault === 'hang') return;
      const { mailFrom, rcptTo } = session.envelope;
      const source = Buffer.concat(chunks).toString();
      state.received.push({
        envelope: { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) },
        mail: await PostalMime.parse(source),
        source,
      });
      if (fault === 'lose-answer') {
        for (const connection of server.connections) connection.close();
        return;
      }
      done(null, 'queued');
    },
  });
  // A client that goes away in the middle is what some tests want.
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return Object.assign(state, {
    host: '127.0.0.1',
    port,
    url: `smtp://${login ? `${login.user}:${encodeURIComponent(login.pass)}@` : ''}127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

function refusal({ code, text }: { code: number; text: string }): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
