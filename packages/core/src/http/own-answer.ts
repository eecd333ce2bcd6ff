/** A `Response` that a route has made by itself, before it is sent. */
import { toError } from '../errors.js';

/**
 * Sends what it has. If the body breaks off, the error is logged and kept from the server, as servers write it into the
 * answer.
 *
 * @param tell takes the error that the body has ended with
 * @throws {Error} for one that cannot be sent: its body was read, or it is `Response.error()`
 */
export function ownAnswer(response: Response, tell: (error: Error) => void): Response {
  const { body, status, statusText, headers, type } = response;
  if (type === 'error') throw new Error('A route has returned `Response.error()`, which has no status');
  if (!body) return response;
  if (response.bodyUsed || body.locked) throw new Error('A route has returned a Response whose body was read before');
  const reader = body.getReader();
  const guarded = new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        try {
          const next = await reader.read();
          if (next.done) stream.close();
          else stream.enqueue(next.value);
        } catch (thrown) {
          tell(toError(thrown));
          stream.error(new Error('The answer has broken off'));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read before it is asked for: how much a client leaves unread, the body itself knows.
    { highWaterMark: 0 },
  );
  return new Response(guarded, { status, statusText, headers });
}
