/** The records of schedules on PostgreSQL and the embedded store. */
import type { ScheduleStore } from '../contract.js';
import type { RunSql } from './state.js';

/** In the order of their keys: two who write the same ones at once would else wait for each other. */
const PUT = `
  INSERT INTO bizinsights_jobs.schedule (key, print, record, indexes)
  SELECT key, '~' || print, record, string_to_array(lists, E'\\n')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS given (key, print, record, lists)
  ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO UPDATE SET print = excluded.print, record = excluded.record, indexes = excluded.indexes`;

const SETTLE = `
  WITH mine AS (
    SELECT schedule.key, given.print FROM bizinsights_jobs.schedule
    JOIN unnest($1::text[], $2::text[]) AS given (key, print)
      ON given.key = schedule.key AND schedule.print = '~' || given.print
    ORDER BY schedule.key FOR UPDATE OF schedule
  )
  UPDATE bizinsights_jobs.schedule SET print = mine.print FROM mine
  WHERE schedule.key = mine.key AND schedule.print = '~' || mine.print RETURNING schedule.key`;

const REMOVE = `
  WITH gone AS (SELECT key FROM bizinsights_jobs.schedule WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE)
  DELETE FROM bizinsights_jobs.schedule USING gone WHERE schedule.key = gone.key RETURNING schedule.key`;

export function createSqlSchedules(run: RunSql): ScheduleStore {
  const column = async (name: 'print' | 'record', keys: readonly string[]): Promise<(string | undefined)[]> => {
    const rows = await run<{ key: string; value: string }>(
      `SELECT key, ${name} AS value FROM bizinsights_jobs.schedule WHERE key = ANY($1::text[])`,
      [keys],
    );
    const found = new Map(rows.map(({ key, value }) => [key, value]));
    return keys.map((key) => found.get(key));
  };
  return {
    prints: (keys) => column('print', keys),
    records: (keys) => column('record', keys),
    async put(schedules) {
      await run(PUT, [
        schedules.map(({ key }) => key),
        schedules.map(({ print }) => print),
        schedules.map(({ record }) => record),
        schedules.map(({ indexes }) => indexes.join('\n')),
      ]);
    },
    async settle(prints) {
      const rows = await run<{ key: string }>(SETTLE, [prints.map(({ key }) => key), prints.map(({ print }) => print)]);
      const settled = new Set(rows.map(({ key }) => key));
      return prints.map(({ key }) => settled.has(key));
    },
    async remove(keys) {
      return (await run(REMOVE, [keys])).length;
    },
    async keys(index, after, limit) {
      const rows = await run<{ key: string }>(
        `SELECT key FROM bizinsights_jobs.schedule
         WHERE indexes @> ARRAY[$1::text] AND ($2::text IS NULL OR key > $2) ORDER BY key LIMIT $3`,
        [index, after ?? null, limit],
      );
      return rows.map(({ key }) => key);
    },
    async count(index) {
      const rows = await run<{ count: number }>(
        'SELECT count(*)::integer AS count FROM bizinsights_jobs.schedule WHERE indexes @> ARRAY[$1::text]',
        [index],
      );
      return rows[0]?.count ?? 0;
    },
  };
}
