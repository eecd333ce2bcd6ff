/** What stands around the app in the demo, as a process of its own: the platforms, and the mail server. Loopback only. */
import '../lib/host/load-env-file';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { closeWithProcess } from '../lib/host/close-with-process';
import { dataDir } from '../lib/host/data-dir';
import { openMailbox } from './mailbox';
import { startPlatforms } from './platforms';
import { ORGANIZATIONS } from './seed';
import { truthOf } from './truth';
import { startWebhookSender } from './webhook-sender';

const settings = z
  .object({
    DEMO_SERVICES_PORT: z.coerce.number().int().default(3003),
    DEMO_DAYS: z.coerce.number().int().min(1).default(1_095),
    DEMO_ORDERS_PER_DAY: z.coerce.number().int().min(1).default(6),
    /** Between two webhooks, besides those of what happens in the shops. ms */
    DEMO_WEBHOOK_EVERY: z.coerce.number().int().min(10).default(4_000),
  })
  .parse(process.env);

mkdirSync(dataDir(), { recursive: true });
const platforms = await startPlatforms({
  days: settings.DEMO_DAYS,
  ordersPerDay: settings.DEMO_ORDERS_PER_DAY,
  dir: dataDir(),
});
const mailbox = await openMailbox(join(dataDir(), 'mails.jsonl'));
const sender = startWebhookSender(platforms, settings.DEMO_WEBHOOK_EVERY);

const delays = z.object({ answers: z.number().int().max(100), ms: z.number().max(10_000) });
const subscription = z.object({ platform: z.string(), to: z.url() });

async function answer(request: IncomingMessage): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const [part, id, action] = pathname.split('/').slice(1);
  const route = `${request.method} /${part}`;
  if (route === 'GET /ready') return { ready: true, smtpPort: mailbox.port };
  if (route === 'GET /platforms') return platforms.all.map(({ id }) => accessTo(id));
  if (route === 'GET /sandbox' && id !== undefined) return accessTo(id);
  if (route === 'GET /truth') return truthOf(platforms.all, searchParams.get('timeZone') ?? ORGANIZATIONS[0].timeZone);
  if (route === 'GET /mails') return id === undefined ? summaries() : mailbox.mails.find((mail) => mail.id === id);
  if (route === 'POST /platforms' && action === 'access') {
    const platform = platforms.all.find((one) => one.id === id);
    if (!platform) return undefined;
    platform.sandbox[platform.id].accessLost = z.object({ lost: z.boolean() }).parse(await readJson(request)).lost;
    return accessTo(platform.id);
  }
  if (route === 'POST /platforms' && action === 'delays') {
    const platform = platforms.all.find((one) => one.id === id);
    const { answers, ms } = delays.parse(await readJson(request));
    platform?.sandbox[platform.id].faults.push(...Array.from({ length: answers }, () => ({ delay: ms })));
    return platform && {};
  }
  if (route === 'POST /subscriptions') {
    const { platform, to } = subscription.parse(await readJson(request));
    const found = platforms.all.find(({ id }) => id === platform);
    if (!found) return undefined;
    const { [found.id]: server } = found.sandbox;
    // The app's address of an earlier start is nobody's.
    server.unsubscribe();
    if (server.webhookTopics.length > 0) server.subscribe({ to });
    return { platform, to };
  }
  if (route === 'POST /clock') {
    const { running } = z.object({ running: z.boolean() }).parse(await readJson(request));
    sender.run(running);
    platforms.run(running);
    return {};
  }
  return undefined;
}

function accessTo(wanted: string) {
  const platform = platforms.all.find(({ id }) => id === wanted);
  if (!platform) return undefined;
  const { url, credentials, accessLost, webhookSecret } = platform.sandbox[platform.id];
  return { id: platform.id, baseUrl: url, credentials, accessLost, webhookSecret };
}

function summaries() {
  return mailbox.mails.map(({ html: _, text: __, ...mail }) => mail).reverse();
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString());
}

const server = createServer((request, response) => {
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  answer(request).then(
    (body) => (body === undefined ? send(404, { error: 'not found' }) : send(200, body)),
    (error: unknown) => send(400, { error: String(error) }),
  );
});
server.listen(settings.DEMO_SERVICES_PORT, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
// For the process that has started this one.
process.send?.({ port: typeof address === 'object' ? address?.port : undefined });

// Ctrl-C reaches all processes of a terminal: the one that has started this one stops it, after the app.
if (process.send) process.on('SIGINT', () => undefined);
closeWithProcess(
  async () => {
    server.close();
    server.closeAllConnections();
    await sender.close();
    await Promise.all([platforms.close(), mailbox.close()]);
  },
  process.send ? ['SIGTERM'] : undefined,
);
