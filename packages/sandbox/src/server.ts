/** One platform's local server: plain `node:http`, so that slow answers and cut connections are real. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
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
import type { ShopHappening, ShopPlatform } from './shop/shop.js';
import type { ServerState } from './state-file.js';
import { createSubscriptions, type SandboxSubscription, type SubscribeOptions } from './webhooks/subscriptions.js';

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
  /** The requests, in the order of their answers; the last 10,000. */
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
  /**
   * From now on, whatever happens in the shop is told to an address by signed webhooks, as the platform tells it. One that is
   * not taken is sent again, up to six times within two minutes. One subscription an address: another one replaces it.
   *
   * @throws {TypeError} for an address that is none, and for a topic that is not of `webhookTopics`
   *
   * @example
   * ```ts
   * sandbox.shopify.subscribe({ topics: ['orders/create', 'orders/paid'], to: 'http://127.0.0.1:3000/api/webhooks/shopify' });
   * ```
   */
  subscribe(options: SubscribeOptions): void;
  /** Ends the subscription of an address. Default: of all of them. */
  unsubscribe(to?: string | URL): void;
  /** With what has become of their webhooks. */
  readonly subscriptions: readonly SandboxSubscription[];
}

/** A server, for who started it. */
export interface StartedServer<Credentials> extends SandboxServer<Credentials> {
  /** Something has happened in the shop. @param at the time that webhooks are signed with, epoch ms */
  hear(happening: ShopHappening, at: number): void;
  /** As it stands, to start it again. */
  state(): ServerState;
  close(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions<Credentials> {
  readonly id: ShopPlatform;
  readonly open: OpenSandboxPlatform<Credentials>;
  readonly world: Omit<SandboxWorld, 'url'>;
  /** Makes and changes records: what the fault `change` does. */
  readonly change: () => void;
  /** How it stood when it was closed. */
  readonly kept: ServerState | undefined;
  /** Its state is another one. */
  readonly onChange: () => void;
}

const KEPT_REQUESTS = 10_000;

const MAINTENANCE = '<!doctype html><title>Briefly unavailable</title><h1>Back soon</h1>';

export async function startServer<Credentials>({
  id,
  open,
  world,
  change,
  kept,
  onChange,
}: ServerOptions<Credentials>): Promise<StartedServer<Credentials>> {
  const requests: ReceivedRequest[] = [];
  const faults: Fault[] = [...(kept?.faults ?? [])];
  const state = { accessLost: kept?.accessLost ?? false, dropsAuthorization: kept?.dropsAuthorization ?? false };
  let previous: SandboxResponse | undefined;
  let url = '';
  const platform: SandboxPlatform<Credentials> = open({ ...world, url: () => url });
  const subscriptions = createSubscriptions({ id, webhooks: platform.webhooks });
  for (const one of kept?.subscriptions ?? []) subscriptions.subscribe(one);

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
    const note = (status: number | undefined) => {
      requests.push({ method, path: request.url.pathname + request.url.search, body, status });
      if (requests.length > KEPT_REQUESTS) requests.shift();
    };
    // What has happened by now is in the answer.
    world.now();
    const isPage = platform.isPage?.(request) ?? true;
    const given = isPage ? faults.shift() : undefined;
    if (given !== undefined) onChange();
    const fault = given ?? 'none';
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

  const port = await listen(http, kept?.port);
  url = `http://127.0.0.1:${port}`;

  return {
    get accessLost() {
      return state.accessLost;
    },
    set accessLost(isLost) {
      state.accessLost = isLost;
      onChange();
    },
    get dropsAuthorization() {
      return state.dropsAuthorization;
    },
    set dropsAuthorization(isDropped) {
      state.dropsAuthorization = isDropped;
      onChange();
    },
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
    subscribe(options) {
      subscriptions.subscribe(options);
      onChange();
    },
    unsubscribe(to) {
      subscriptions.unsubscribe(to);
      onChange();
    },
    get subscriptions() {
      return subscriptions.list();
    },
    hear: subscriptions.hear,
    state: () => ({ port, ...state, faults: [...faults], subscriptions: subscriptions.kept() }),
    async close() {
      http.closeAllConnections();
      http.close();
      await Promise.all([once(http, 'close'), subscriptions.close()]);
    },
  };
}

/** On the port of before, so that who knows the address finds it again; on another one where that is taken. */
async function listen(http: Server, wanted = 0): Promise<number> {
  try {
    http.listen(wanted, '127.0.0.1');
    await once(http, 'listening');
  } catch (error) {
    if (wanted === 0) throw error;
    return await listen(http);
  }
  const address = http.address();
  return typeof address === 'object' && address ? address.port : 0;
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
