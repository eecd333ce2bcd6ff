/** The app's webhook route without its pages, on a free port of the loopback interface. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { POST } from '../app/api/webhooks/[...path]/route';

const ROOT = '/api/webhooks/';

export async function openWebhookDoor(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    take(incoming, outgoing).catch((error: unknown) => outgoing.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const { method = 'GET', url = '/' } = incoming;
  const request = new Request(new URL(url, 'http://127.0.0.1'), { method, headers, body: Buffer.concat(chunks) });
  const response = await POST(request, { params: Promise.resolve({ path: url.slice(ROOT.length).split('/') }) });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}
