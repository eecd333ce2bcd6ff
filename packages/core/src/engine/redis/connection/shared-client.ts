/** One connection for many workers, opened with the first one and closed with the last. */
import type { RedisClient } from './client.js';

/** A worker's part of it. */
export interface ClientShare {
  readonly client: RedisClient;
  /**
   * The worker has ended, or waits for nothing any more. Once this goes for all workers the connection is closed, and what
   * still waits for an answer is rejected: before, that would take the jobs of others along.
   */
  leave(): void;
}

/** The connection of workers. */
export interface SharedClient {
  /** Opens it for the workers that follow. It stays open until the last of them has left, or the engine is closed. */
  open(): void;
  /** A worker's share. */
  take(): ClientShare;
}

export function shareClient(open: () => RedisClient, close: (client: RedisClient) => void): SharedClient {
  let shared: RedisClient | undefined;
  let users = 0;
  return {
    open() {
      shared ??= open();
    },
    take() {
      shared ??= open();
      const client = shared;
      users += 1;
      let isUser = true;
      return {
        client,
        leave() {
          if (!isUser) return;
          isUser = false;
          users -= 1;
          if (users > 0) return;
          shared = undefined;
          close(client);
        },
      };
    },
  };
}
