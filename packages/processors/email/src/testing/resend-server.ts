/**
 * A local server that answers as Resend does: paths, keys, checks, idempotency, limits (docs/api-reference: "Send Email",
 * "Send Batch Emails", "Errors", "Rate Limit", and "Idempotency Keys"). What is sent ends up in `sent`.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

const KEY = 're_test_5f2c';
const KEY_LIMIT = 256;

const list = z.union([z.string(), z.array(z.string()).max(50)]);
const attachment = z.strictObject({
  filename: z.string(),
  content: z.string(),
  content_type: z.string().optional(),
});
/** `SendEmailRequest` of the published OpenAPI description, as far as we use it. */
const email = z.strictObject({
  from: z.string(),
  to: z.union([z.string(), z.array(z.string()).min(1).max(50)]),
  subject: z.string(),
  cc: list.optional(),
  bcc: list.optional(),
  reply_to: list.optional(),
  html: z.string().optional(),
  text: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  attachments: z.array(attachment).optional(),
});
export type SentEmail = z.output<typeof email>;

/** What happens to a request instead of the usual. */
export type Fault =
  | 'none'
  /** This answer. */
  | {
      readonly status: number;
      readonly name?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** It is carried out, and the connection is cut before the answer. */
  | 'lose-answer'
  /** The connection is cut. */
  | 'cut'
  /** No answer, until the client goes. */
  | 'hang';

export interface ReceivedRequest {
  readonly path: string;
  readonly idempotencyKey: string | undefined;
  readonly mails: number;
}

export interface ResendServer {
  readonly url: string;
  readonly apiKey: string;
  /** Every request, in order. */
  readonly requests: ReceivedRequest[];
  /** What a recipient would find in the mailbox. */
  readonly sent: SentEmail[];
  /** What happens to the next requests, one after another. */
  readonly faults: Fault[];
  /** Requests that it lets pass in any second. Default: no limit. */
  limit: number | undefined;
  close(): Promise<void>;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    override readonly name: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export async function startResendServer(): Promise<ResendServer> {
  const known = new Map<string, { body: string; answer: unknown }>();
  const passed: number[] = [];
  const state = {
    apiKey: KEY,
    requests: [] as ReceivedRequest[],
    sent: [] as SentEmail[],
    faults: [] as Fault[],
    limit: undefined as number | undefined,
  };

  const http = createServer((request, response) => {
    // On a busy machine a client may pick a kept connection in the moment in which it is closed: one failure too many.
    response.shouldKeepAlive = false;
    handle(request, response).catch((error: unknown) => {
      if (error instanceof Refusal) refuse(response, error);
      else response.destroy(error instanceof Error ? error : undefined);
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const path = request.url ?? '';
    const header = request.headers['idempotency-key'];
    const idempotencyKey = typeof header === 'string' ? header : undefined;
    const content = parse(body);
    state.requests.push({ path, idempotencyKey, mails: Array.isArray(content) ? content.length : 1 });
    checkAccess(request);
    const fault = state.faults.shift();
    if (fault === 'cut') {
      response.destroy();
      return;
    }
    if (fault === 'hang') {
      await once(response, 'close');
      return;
    }
    if (typeof fault === 'object') {
      throw new Refusal(fault.status, fault.name ?? 'application_error', fault.message ?? 'A fault.', fault.headers);
    }
    checkLimit();
    const permissive = request.headers['x-batch-validation'] === 'permissive';
    const answer = answerOnce(idempotencyKey, body, () => send(path, content, permissive));
    if (fault === 'lose-answer') response.destroy();
    else reply(response, 200, answer);
  }

  function checkLimit(): void {
    if (state.limit === undefined) return;
    const now = Date.now();
    while (passed[0] !== undefined && passed[0] <= now - 1_000) passed.shift();
    if (passed.length >= state.limit) {
      throw new Refusal(429, 'rate_limit_exceeded', `Too many requests. You can only make ${state.limit} per second.`, {
        'retry-after': '1',
        'ratelimit-limit': String(state.limit),
        'ratelimit-remaining': '0',
        'ratelimit-reset': '1',
      });
    }
    passed.push(now);
  }

  /** Carries out once for a key, and says the same again afterwards. */
  function answerOnce(key: string | undefined, body: string, carryOut: () => unknown): unknown {
    if (key === undefined) return carryOut();
    if (key.length < 1 || key.length > KEY_LIMIT) {
      throw new Refusal(400, 'invalid_idempotency_key', 'The key must be between 1-256 chars.');
    }
    const earlier = known.get(key);
    if (earlier && earlier.body !== body) {
      const message = 'Same idempotency key used with a different request payload.';
      throw new Refusal(409, 'invalid_idempotent_request', message);
    }
    if (earlier) return earlier.answer;
    const answer = carryOut();
    known.set(key, { body, answer });
    return answer;
  }

  function send(path: string, content: unknown, permissive: boolean): unknown {
    if (path === '/emails') {
      state.sent.push(check(content));
      return { id: randomUUID() };
    }
    if (!Array.isArray(content) || content.length === 0 || content.length > 100) {
      throw new Refusal(422, 'validation_error', 'A batch has 1 to 100 emails.');
    }
    const errors: { index: number; message: string }[] = [];
    const mails = content.flatMap((one: unknown, index): SentEmail[] => {
      try {
        const mail = check(one);
        if (mail.attachments) throw new Refusal(422, 'validation_error', 'A batch takes no attachments.');
        return [mail];
      } catch (error) {
        if (!permissive || !(error instanceof Refusal)) throw error;
        errors.push({ index, message: error.message });
        return [];
      }
    });
    state.sent.push(...mails);
    const data = mails.map(() => ({ id: randomUUID() }));
    return permissive ? { data, errors } : { data };
  }

  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  });
}

function checkAccess(request: IncomingMessage): void {
  const { authorization } = request.headers;
  if (!authorization) throw new Refusal(401, 'missing_api_key', 'Missing API key in the authorization header.');
  if (authorization !== `Bearer ${KEY}`) throw new Refusal(403, 'invalid_api_key', 'API key is invalid.');
  if (!['/emails', '/emails/batch'].includes(request.url ?? '')) {
    throw new Refusal(404, 'not_found', 'The requested endpoint does not exist.');
  }
  if (request.method !== 'POST') throw new Refusal(405, 'method_not_allowed', 'Method is not allowed.');
}

/** The domains that this account has verified, and the address that it has been told not to send to. */
const VERIFIED = /@(mail\.)?example\.com>?$/;
const INVALID = /invalid/;

function check(content: unknown): SentEmail {
  const { data, error } = email.safeParse(content);
  if (!data) throw new Refusal(422, 'validation_error', error.issues.map(({ message }) => message).join('; '));
  if (!VERIFIED.test(data.from)) {
    throw new Refusal(403, 'validation_error', 'The domain is not verified. Please, add and verify your domain.');
  }
  for (const to of [data.to].flat()) {
    if (INVALID.test(to)) throw new Refusal(422, 'validation_error', 'Invalid `to` field.');
  }
  return data;
}

function refuse(response: ServerResponse, { status, name, message, headers }: Refusal): void {
  reply(response, status, { statusCode: status, name, message }, headers);
}

function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const all = { 'content-type': 'application/json', ...headers };
  response.writeHead(status, all).end(JSON.stringify(body));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
