/** Which steps of the first run are done: in a table beside the data, so that both are there or gone together. */
import type { Pool } from 'pg';

export interface DoneSteps {
  isDone(step: string): Promise<boolean>;
  /** Runs the action unless it has been done; it counts as done when it resolves. */
  once(step: string, action: () => Promise<void>): Promise<void>;
}

export async function openDoneSteps(pool: Pick<Pool, 'query'>): Promise<DoneSteps> {
  await pool.query('CREATE TABLE IF NOT EXISTS demo_first_run (step text PRIMARY KEY)');
  const isDone = async (step: string) => {
    const { rows } = await pool.query('SELECT FROM demo_first_run WHERE step = $1', [step]);
    return rows.length > 0;
  };
  return {
    isDone,
    async once(step, action) {
      if (await isDone(step)) return;
      await action();
      await pool.query('INSERT INTO demo_first_run (step) VALUES ($1) ON CONFLICT DO NOTHING', [step]);
    },
  };
}
