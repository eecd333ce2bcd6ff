/** One connection for many workers, opened with the first one and closed with the last. */
import type { RedisClient } from './client.js';

/** A worker's part of it. */
export interface ClientShare {
  readonly client: RedisClient;
  /**
   * The worker waits for nothing any more. The connection is cut, so that what waits for an answer is rejected, once this
   * goes for all workers: before, it would take the jobs of others along.
   */
  cut(): void;
  /** The worker has ended. */
  leave(): void;
}

interface User {
  isCut: boolean;
}

/** @returns how a worker gets its share */
export function shareClient(open: () => RedisClient, close: (client: RedisClient) => void): () => ClientShare {
  const users = new Set<User>();
  let shared: RedisClient | undefined;
  const closeUnused = () => {
    if (!shared || [...users].some(({ isCut }) => !isCut)) return;
    close(shared);
    // Those that have been cut go on to their end without it.
    shared = undefined;
    users.clear();
  };
  return () => {
    shared ??= open();
    const user: User = { isCut: false };
    users.add(user);
    return {
      client: shared,
      cut() {
        user.isCut = true;
        closeUnused();
      },
      leave() {
        users.delete(user);
        closeUnused();
      },
    };
  };
}
