/**
 * The one connection of a process that listens for PostgreSQL's notifications: for signals, for events, and for the
 * workers of all queues.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgNotification, PgPool, PgPoolClient } from 'bullmq';
import { toError } from '../../../errors.js';

/** ms */
const RETRY_DELAY = 1_000;

/** Who is told of one channel. */
export interface ChannelListener {
  readonly notified: (payload: string) => void;
  /** The connection is lost. */
  readonly lost?: ((error: Error) => void) | undefined;
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
  /** The channels that the connection listens to. */
  let heard = new Set<string>();
  let sending: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<PgPoolClient> => {
    const client = await (await pool()).connect();
    let lost = false;
    const reopen = (error: Error) => {
      if (lost || closed) return;
      lost = true;
      heard = new Set();
      onError(error);
      client.release(true);
      listening = reconnect();
      listening.catch(onError);
      for (const listeners of channels.values()) for (const { lost: tell } of [...listeners]) tell?.(error);
    };
    client.on('error', reopen);
    client.on('end', () => reopen(new Error('the connection that listens for notifications has ended')));
    client.on('notification', deliver);
    for (const channel of channels.keys()) await client.query(`LISTEN ${channel}`);
    heard = new Set(channels.keys());
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
        listening ??= connect();
        const client = await listening;
        if (!heard.has(channel)) {
          // One after the other, as a connection takes its statements.
          sending = sending.catch(() => undefined).then(() => client.query(`LISTEN ${channel}`));
          await sending;
          heard.add(channel);
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
