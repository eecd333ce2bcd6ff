/** Signals by PostgreSQL's LISTEN and NOTIFY. */
import type { Signals } from '../../contract.js';
import type { RunSql } from '../state.js';
import type { SqlListener } from './listener.js';

const CHANNEL = 'bizinsights_jobs_signals';

export function createSqlSignals(run: RunSql, { listen }: SqlListener): Signals {
  return {
    async publish(topic, message) {
      await run('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify({ topic, message })]);
    },
    async subscribe(topic, listener, missed) {
      const stop = await listen(CHANNEL, {
        notified(payload) {
          const signal: { topic?: unknown; message?: unknown } = JSON.parse(payload);
          if (signal.topic === topic) listener(String(signal.message));
        },
        missed,
      });
      return async () => stop();
    },
  };
}
