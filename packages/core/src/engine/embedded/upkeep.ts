/**
 * What a PostgreSQL server's own processes do beside its work, and PGlite has none of: without checkpoints its
 * write-ahead log grows for ever, without vacuum its tables do.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { toError } from '../../errors.js';

/** How often to look. ms */
const INTERVAL = 10_000;

/** A checkpoint is due when the log has grown by so much: a crash leaves so much to be read again. bytes */
const LOG_SIZE = 32 * 2 ** 20;

const POSITION = `
  SELECT pg_current_wal_insert_lsn()::text AS position,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint::integer AS "logSize"
  FROM pg_control_checkpoint()`;

/** autovacuum looks sooner (50 rows and a fifth), but here everybody waits for it. */
const WORN_TABLES = `
  SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_all_tables
  WHERE schemaname !~ '^pg_(toast|temp)'
    AND (n_dead_tup > 10000 + 0.5 * n_live_tup OR n_mod_since_analyze > 10000 + 0.5 * n_live_tup)`;

/**
 * A vacuum of 100,000 jobs takes 30 ms. To analyze them takes 400 ms as PostgreSQL does it, of a sample of 30,000 rows, and a
 * tenth of that with a tenth of them.
 */
const analyze = (table: string) => `SET LOCAL default_statistics_target = 10; ANALYZE ${table}`;

/** The upkeep of one open store. */
export class Upkeep {
  readonly #pglite: PGlite;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #position = '';

  constructor(pglite: PGlite, onError: (error: Error) => void) {
    this.#pglite = pglite;
    this.#timer = setInterval(() => {
      this.#running ??= this.run()
        .catch((error: unknown) => onError(toError(error)))
        .finally(() => {
          this.#running = undefined;
        });
    }, INTERVAL).unref();
  }

  /** Does what is due. */
  async run(logSize = LOG_SIZE): Promise<void> {
    const { rows } = await this.#pglite.query<{ position: string; logSize: number }>(POSITION);
    const found = rows[0];
    if (!found || found.position === this.#position) return;
    this.#position = found.position;
    const tables = await this.#pglite.query<{ name: string }>(WORN_TABLES);
    const statements = tables.rows.flatMap(({ name }) => [`VACUUM ${name}`, analyze(name)]);
    if (found.logSize > logSize) statements.push('CHECKPOINT');
    // One by one, so that others come in between.
    for (const statement of statements) {
      await this.#pglite.exec(statement);
      await nextTurn();
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
