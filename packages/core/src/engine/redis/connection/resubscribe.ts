/**
 * ioredis subscribes, and selects its database, by itself once a lost connection is open again, and does not look at the
 * answer. A rejection would have no handler, and ends the process of the host: when the connection is lost again before
 * the answer and the client is closed then, or when Redis refuses a channel.
 */
import type { Redis } from 'ioredis';

const SENT_BY_IOREDIS = ['select', 'subscribe', 'psubscribe'] as const;

/** Gives each of these rejections a handler: what Redis itself refuses is an error of the client. A caller gets his as before. */
export function handleResubscription(client: Redis): void {
  for (const name of SENT_BY_IOREDIS) {
    const send: unknown = Reflect.get(client, name);
    if (typeof send !== 'function') continue;
    Reflect.set(client, name, (...args: unknown[]) => {
      const answer: Promise<unknown> = Reflect.apply(send, client, args);
      answer.catch((error: unknown) => {
        // What was not answered is reported as the loss of the connection.
        if (isReply(error)) client.emit('error', error);
      });
      return answer;
    });
  }
}

function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
