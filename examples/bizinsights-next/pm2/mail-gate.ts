/** What stands around the worker: a mail server that takes a mail when the test lets it, and says where it is. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailGate {
  /** As `DEMO_SERVICES_URL`: the app asks there for its mail server. */
  readonly servicesUrl: string;
  /** The ledger: each mail that was taken, by its recipient, in this order. */
  readonly taken: readonly string[];
  /** How many senders wait for the answer to their recipient. */
  held(): number;
  /** Lets `count` of those that wait go on. */
  release(count: number): void;
  /** From here on nobody waits. */
  open(): void;
  close(): Promise<void>;
}

export async function openMailGate(): Promise<MailGate> {
  const taken: string[] = [];
  const waiting = new Map<string, () => void>();
  let isOpen = false;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, { id }, answer) {
      if (isOpen) answer();
      else waiting.set(id, () => answer());
    },
    onClose: ({ id }) => void waiting.delete(id),
    onData(stream, { envelope }, done) {
      stream.resume().on('end', () => {
        taken.push(...envelope.rcptTo.map(({ address }) => address));
        done();
      });
    },
  });
  // A worker that gives its mail back goes away in the middle.
  smtp.on('error', () => undefined);
  const smtpPort = await listen(smtp.server);
  const services = createServer((request, response) => {
    const body = request.url === '/ready' ? { ready: true, smtpPort } : [];
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
  });
  const servicesPort = await listen(services);
  const release = (count: number) => {
    for (const [id, answer] of [...waiting].slice(0, count)) {
      waiting.delete(id);
      answer();
    }
  };
  return {
    servicesUrl: `http://127.0.0.1:${servicesPort}`,
    taken,
    held: () => waiting.size,
    release,
    open() {
      isOpen = true;
      release(waiting.size);
    },
    async close() {
      services.close();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port');
  return address.port;
}
