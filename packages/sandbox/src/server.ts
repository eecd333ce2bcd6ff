/** One platform's local server: plain `node:http`, so that slow answers and cut connections are real. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mode } from '@bizinsights/jobs-platforms';
import type { Fault } from './faults.js';
import type {
  OpenSandboxPlatform,
  SandboxPlatform,
  SandboxRequest,
  SandboxResponse,
  SandboxWorld,
} from './platform.js';

/** A request that came in. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
  /** Undefined where the connection was cut. */
  readonly status: number | undefined;
}

/** How a webhook was taken. */
export interface WebhookDelivery {
  readonly status: number;
  readonly body: string;
}

/** A running server of one platform. */
export interface SandboxServer<Credentials = unknown> {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** What the platform's `connect` takes. */
  readonly credentials: Credentials;
  /** Every request, in the order of their answers. */
  readonly requests: readonly ReceivedRequest[];
  /** What happens to the next requests, one after another; then the usual. */
  readonly faults: Fault[];
  /** While true, every request is refused as one with a revoked token. */
  accessLost: boolean;
  /** While true, the `Authorization` header is lost on the way, as on hosts that do not hand it on. */
  dropsAuthorization: boolean;
  /** The secret that its webhooks are signed with. */
  readonly webhookSecret: string | undefined;
  /** The topics that one subscribes to. */
  readonly webhookTopics: readonly string[];
  /** The topics of requests about personal data, which `sendWebhook` knows too. */
  readonly privacyTopics: readonly string[];
  /**
   * Sends a webhook about the newest thing that fits the topic, signed as the platform signs it.
   *
   * @param options.to where to
   * @param options.secret default: the server's
   * @param options.at the time that is signed, where the platform signs one, epoch ms. Default: the sandbox's clock
   * @param options.mode of which mode the event is, where the platform has several (Stripe). Default: that of `credentials`
   * @throws {TypeError} for a topic that it does not know
   */
  sendWebhook(
    topic: string,
    options: {
      readonly to: string | URL;
      readonly secret?: string;
      readonly at?: number;
      readonly mode?: Mode;
    },
  ): Promise<WebhookDelivery>;
}

/** A server, for who started it. */
export interface StartedServer<Credentials> extends SandboxServer<Credentials> {
  close(): Promise<void>;
}

const MAINTENANCE = '<!doctype html><title>Briefly unavailable</title><h1>Back soon</h1>';

/**
 * @param change makes and changes records: what the fault `change` does
 */
export async function startServer<Credentials>(
  open: OpenSandboxPlatform<Credentials>,
  world: Omit<SandboxWorld, 'url'>,
  change: () => void,
): Promise<StartedServer<Credentials>> {
  const requests: ReceivedRequest[] = [];
  const faults: Fault[] = [];
  const state = { accessLost: false, dropsAuthorization: false };
  let previous: SandboxResponse | undefined;
  let url = '';
  const platform: SandboxPlatform<Credentials> = open({ ...world, url: () => url });

  const http = createServer((incoming, outgoing) => {
    // On a busy machine a client may pick a kept connection in the moment in which it is closed: one failure too many.
    outgoing.shouldKeepAlive = false;
    handle(incoming, outgoing).catch((error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      reply(outgoing, { status: 500, body: `The sandbox itself failed: ${message}` });
    });
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming, url);
    if (state.dropsAuthorization) request.headers.delete('authorization');
    const { method, body } = request;
    const note = (status: number | undefined) =>
      requests.push({ method, path: request.url.pathname + request.url.search, body, status });
    const isPage = platform.isPage?.(request) ?? true;
    const fault = (isPage ? faults.shift() : undefined) ?? 'none';
    if (fault === 'cut') {
      note(undefined);
      outgoing.destroy();
      return;
    }
    if (fault === 'hang') {
      note(undefined);
      await once(outgoing, 'close');
      return;
    }
    const answer = await answerWith(fault, request);
    if (isPage && fault === 'none') previous = answer;
    note(answer.status ?? 200);
    // The sandbox's own clock: who reads an answer's time must not see another.
    outgoing.setHeader('date', new Date(world.now()).toUTCString());
    if (fault === 'cut-answer') cutInTheMiddle(outgoing, answer);
    else reply(outgoing, answer);
  }

  async function answerWith(fault: Fault, request: SandboxRequest): Promise<SandboxResponse> {
    const { failures } = platform;
    if (state.accessLost || fault === 'access-lost') return failures.accessLost(request);
    if (fault === 'rate-limited') return failures.rateLimited();
    if (fault === 'server-error') return failures.serverError();
    if (fault === 'not-json') return { headers: { 'content-type': 'text/html' }, body: MAINTENANCE };
    if (fault === 'repeat' && previous) return previous;
    if (typeof fault === 'object' && 'response' in fault) return fault.response;
    if (typeof fault === 'object' && 'delay' in fault) await sleep(fault.delay);
    if (fault === 'change') change();
    const answer = await platform.answer(request);
    if (typeof fault === 'object' && 'caveats' in fault) return platform.blur?.(answer, fault.caveats) ?? answer;
    return fault === 'bad-record' ? platform.breakRecord(answer) : answer;
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;

  return Object.assign(state, {
    url,
    credentials: platform.credentials,
    requests,
    faults,
    webhookSecret: platform.webhooks?.secret,
    webhookTopics: platform.webhooks?.topics ?? [],
    privacyTopics: platform.webhooks?.privacyTopics ?? [],
    async sendWebhook(topic: string, options: { to: string | URL; secret?: string; at?: number; mode?: Mode }) {
      const { webhooks } = platform;
      const knows = webhooks?.topics.includes(topic) || webhooks?.privacyTopics?.includes(topic);
      if (!webhooks || !knows) throw new TypeError(`The sandbox sends no webhook "${topic}"`);
      const { secret = webhooks.secret, at = world.now(), mode } = options;
      const response = await fetch(options.to, { method: 'POST', ...webhooks.make(topic, { secret, at, mode }) });
      return { status: response.status, body: await response.text() };
    },
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  });
}

async function readRequest(incoming: IncomingMessage, base: string): Promise<SandboxRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const { method = 'GET', url = '/' } = incoming;
  return { method, url: new URL(url, base), headers, body: Buffer.concat(chunks).toString() };
}

function encode({ status = 200, headers = {}, body }: SandboxResponse) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  const all = { 'content-type': 'application/json; charset=utf-8', ...headers, 'content-length': length };
  return { status, text, headers: Object.entries(all).map(([name, value]) => [name, [value].flat()] as const) };
}

function writeHead(outgoing: ServerResponse, { status, headers }: ReturnType<typeof encode>): void {
  outgoing.statusCode = status;
  for (const [name, values] of headers) outgoing.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
}

function reply(outgoing: ServerResponse, answer: SandboxResponse): void {
  const encoded = encode(answer);
  writeHead(outgoing, encoded);
  outgoing.end(encoded.text);
}

function cutInTheMiddle(outgoing: ServerResponse, answer: SandboxResponse): void {
  const encoded = encode(answer);
  writeHead(outgoing, encoded);
  outgoing.write(encoded.text.slice(0, encoded.text.length / 2), () => outgoing.destroy());
}
