/**
 * The one connection of a process that listens for PostgreSQL's notifications: for signals, for events, and for the
 * workers of all queues.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgNotification, PgPool, PgPoolClient } from 'bullmq';
import { toError } from '../../errors.js';

/** ms */
const RETRY_DELAY = 1_000;

/** Who is told of one channel. */
export interface ChannelListener {
  readonly notified: (payload: string) => void;
  /** Notifications may have been missed: the connection was lost, and is back. */
  readonly missed?: (() => void) | undefined;
}

export interface SqlListener {
  /** Resolves once the channel is listened to; answers how to stop. */
  listen(channel: string, listener: ChannelListener): Promise<() => void>;
  close(): Promise<void>;
}

/** The connection is opened with the first listener. */
export function createSqlListener(pool: () => Promise<PgPool>, onError: (error: Error) => void): SqlListener {
  const channels = new Map<string, Set<ChannelListener>>();
  let listening: Promise<PgPoolClient> | undefined;
  let closed = false;

  const connect = async (): Promise<PgPoolClient> => {
    const client = await (await pool()).connect();
    let lost = false;
    const reopen = (error: Error) => {
      if (lost || closed) return;
      lost = true;
      onError(error);
      client.release(true);
      listening = reconnect();
      listening.catch(onError);
    };
    client.on('error', reopen);
    client.on('end', () => reopen(new Error('the connection that listens for notifications has ended')));
    client.on('notification', deliver);
    for (const channel of channels.keys()) await client.query(`LISTEN ${channel}`);
    return client;
  };

  const reconnect = async (): Promise<PgPoolClient> => {
    for (;;) {
      await sleep(RETRY_DELAY, undefined, { ref: false });
      if (closed) throw new Error('the listener has been closed');
      try {
        const client = await connect();
        for (const listeners of channels.values()) for (const { missed } of listeners) missed?.();
        return client;
      } catch (error) {
        onError(toError(error));
      }
    }
  };

  const deliver = ({ channel, payload }: PgNotification) => {
    for (const { notified } of channels.get(channel) ?? []) notified(payload ?? '');
  };

  return {
    async listen(channel, listener) {
      const known = channels.get(channel);
      const listeners = known ?? new Set();
      channels.set(channel, listeners);
      listeners.add(listener);
      try {
        if (listening) {
          const client = await listening;
          // Those of the time before the connection are listened to with it.
          await client.query(`LISTEN ${channel}`);
        } else {
          listening = connect();
          await listening;
        }
      } catch (error) {
        listeners.delete(listener);
        if (listeners.size === 0) channels.delete(channel);
        throw error;
      }
      return () => {
        listeners.delete(listener);
      };
    },
    async close() {
      closed = true;
      channels.clear();
      const client = await listening?.catch(() => undefined);
      client?.removeAllListeners('notification');
      client?.release(true);
    },
  };
}
