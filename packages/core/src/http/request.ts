/** What every request has to pass before a route sees it: its origin, the size and the form of its body. */
import { depthProblem } from '../engine/json-depth.js';
import { ApiError } from './envelope.js';

/** Larger bodies are refused: a list of a thousand ids is far smaller. Bytes. */
export const MAX_BODY = 64 * 1_024;

/**
 * Refuses a change that a browser was made to send from another site. A caller that is no browser sends neither header.
 *
 * @param allowedOrigins more origins to accept, such as `https://admin.example.com`
 * @throws {ApiError} CROSS_ORIGIN
 */
export function checkOrigin(request: Request, allowedOrigins: readonly string[]): void {
  const { headers } = request;
  const origin = headers.get('origin');
  if (origin !== null && allowedOrigins.includes(origin)) return;
  const site = headers.get('sec-fetch-site');
  const foreignSite = site !== null && site !== 'same-origin' && site !== 'none';
  if (foreignSite || (origin !== null && !isOwnOrigin(origin, request))) {
    throw new ApiError('CROSS_ORIGIN', 'A change must come from the same origin; see `allowedOrigins`');
  }
}

/** By host and port alone: behind a proxy that ends TLS, the scheme that we see is not the browser's. */
function isOwnOrigin(origin: string, request: Request): boolean {
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === (request.headers.get('host') ?? new URL(request.url).host);
}

/**
 * The JSON body of a change; undefined when there is none.
 *
 * @throws {ApiError} BODY_NOT_JSON, BODY_TOO_LARGE, REQUEST_INVALID
 */
export async function readBody(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text === '') return undefined;
  const type = request.headers.get('content-type') ?? '';
  // A form can be sent across origins without a preflight; JSON cannot.
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new ApiError('BODY_NOT_JSON', 'The body must be JSON, sent with `Content-Type: application/json`');
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError('REQUEST_INVALID', 'The body is not valid JSON', [
      { path: ['body'], message: 'is not valid JSON' },
    ]);
  }
  // What checks it goes through it by recursion.
  if (depthProblem(text) !== undefined) {
    throw new ApiError('REQUEST_INVALID', 'The body is nested too deep', [
      { path: ['body'], message: 'is nested deeper than 1,000 levels' },
    ]);
  }
  return body;
}

async function readText(request: Request): Promise<string> {
  return (await readBytes(request, MAX_BODY)).toString('utf8');
}

/**
 * The body of a request as it was sent.
 *
 * @param max bytes
 * @throws {ApiError} BODY_TOO_LARGE, as soon as there are more
 */
export async function readBytes(request: Request, max: number): Promise<Buffer> {
  const tooLarge = () => new ApiError('BODY_TOO_LARGE', `The body must not be larger than ${max} bytes`);
  // Before the body is touched: a server that has not begun to read can let it pass and keep the connection.
  const length = request.headers.get('content-length');
  if (length !== null) {
    if (Number(length) > max) throw tooLarge();
    // HTTP gives no more than was told, so nothing has to be counted; servers have a shorter way than a stream.
    const bytes = Buffer.from(await request.arrayBuffer());
    if (bytes.byteLength > max) throw tooLarge();
    return bytes;
  }
  if (!request.body) return Buffer.alloc(0);
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    if (size > max) {
      // Not awaited: the sender may never end.
      reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}
