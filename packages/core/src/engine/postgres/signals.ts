/** Signals by PostgreSQL's LISTEN and NOTIFY, on one connection of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgNotification, PgPool, PgPoolClient } from 'bullmq';
import { toError } from '../../errors.js';
import type { Signals } from '../contract.js';
import type { RunSql } from './state.js';

const CHANNEL = 'bizinsights_jobs_signals';

/** ms */
const RETRY_DELAY = 1_000;

interface Subscription {
  readonly topic: string;
  readonly listener: (message: string) => void;
  readonly missed: (() => void) | undefined;
}

/** Signals and their connection, which is opened with the first subscription. */
export interface SqlSignals extends Signals {
  close(): Promise<void>;
}

export function createSqlSignals(
  run: RunSql,
  pool: () => Promise<PgPool>,
  onError: (error: Error) => void,
): SqlSignals {
  const subscriptions = new Set<Subscription>();
  let listening: Promise<PgPoolClient> | undefined;
  let closed = false;

  const listen = async (): Promise<PgPoolClient> => {
    const client = await (await pool()).connect();
    let lost = false;
    const reopen = (error: Error) => {
      if (lost || closed) return;
      lost = true;
      onError(error);
      client.release(true);
      listening = relisten();
      listening.catch(onError);
    };
    client.on('error', reopen);
    client.on('end', () => reopen(new Error('the connection that listens for signals has ended')));
    client.on('notification', deliver);
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  };

  const relisten = async (): Promise<PgPoolClient> => {
    for (;;) {
      await sleep(RETRY_DELAY, undefined, { ref: false });
      if (closed) throw new Error('the signals have been closed');
      try {
        const client = await listen();
        for (const { missed } of subscriptions) missed?.();
        return client;
      } catch (error) {
        onError(toError(error));
      }
    }
  };

  const deliver = ({ channel, payload }: PgNotification) => {
    if (channel !== CHANNEL || payload === undefined) return;
    const { topic, message }: { topic?: unknown; message?: unknown } = JSON.parse(payload);
    for (const subscription of subscriptions) if (subscription.topic === topic) subscription.listener(String(message));
  };

  return {
    async publish(topic, message) {
      await run('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify({ topic, message })]);
    },
    async subscribe(topic, listener, missed) {
      const subscription = { topic, listener, missed };
      subscriptions.add(subscription);
      listening ??= listen();
      try {
        await listening;
      } catch (error) {
        listening = undefined;
        subscriptions.delete(subscription);
        throw error;
      }
      return async () => {
        subscriptions.delete(subscription);
      };
    },
    async close() {
      closed = true;
      subscriptions.clear();
      const client = await listening?.catch(() => undefined);
      client?.removeAllListeners('notification');
      client?.release(true);
    },
  };
}
