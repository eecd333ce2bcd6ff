/** The passwords of members, as hashes, in a table of the app's own beside those of the store. */
import type { Pool } from 'pg';
import { hashPassword, isPasswordOf } from './password-hash';

/** Somebody who may have a password. */
interface Owner {
  readonly organizationId: string;
  readonly id: string;
}

export class Passwords {
  readonly #pool: Pick<Pool, 'query'>;

  constructor(pool: Pick<Pool, 'query'>) {
    this.#pool = pool;
  }

  /** Makes the table where there is none. */
  async migrate(): Promise<void> {
    // One transaction. App and worker may start at the same moment, and two of CREATE TABLE would meet.
    await this.#pool.query(`
      SELECT pg_advisory_xact_lock(hashtext('member_passwords'));
      CREATE TABLE IF NOT EXISTS member_passwords (
        organization_id text NOT NULL,
        member_id text NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (organization_id, member_id)
      )`);
  }

  /** Gives a password to each who has none. */
  async setMissing(owners: readonly Owner[], password: string): Promise<void> {
    for (const { organizationId, id } of owners) {
      if ((await this.#find({ organizationId, id })) !== undefined) continue;
      await this.#pool.query(
        'INSERT INTO member_passwords (organization_id, member_id, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [organizationId, id, await hashPassword(password)],
      );
    }
  }

  /** Takes as long for nobody, and for somebody without a password, as for anybody else. */
  async isOf(owner: Owner | undefined, password: string): Promise<boolean> {
    return await isPasswordOf(owner && (await this.#find(owner)), password);
  }

  async #find({ organizationId, id }: Owner): Promise<string | undefined> {
    const { rows } = await this.#pool.query<{ hash: string }>(
      'SELECT hash FROM member_passwords WHERE organization_id = $1 AND member_id = $2',
      [organizationId, id],
    );
    return rows[0]?.hash;
  }
}
