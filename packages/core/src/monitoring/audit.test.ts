/** The audit log under a flood of failures, and with entries that nobody would want to read as they are. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mails, plain } from './fixtures/api.js';
import { ENGINES, openBare } from './fixtures/engines.js';

const admin = { actor: 'ann', role: 'admin' };
const entries = z.array(z.looseObject({ action: z.string() }));

describe.each(ENGINES)('on %s', (_name, connect) => {
  const open = (connection: string | undefined) => openBare(connection, [mails, plain]);
  let api: ReturnType<typeof open>;
  beforeEach(async () => {
    api = open(await connect());
  });
  afterEach(() => api.close());

  async function read(query = '') {
    const { status, data } = await api.ask(admin, 'GET', `/audit${query}`);
    expect(status).toBe(200);
    return entries.parse(data.entries);
  }

  it('keeps what was done however many requests fail, and writes few of those', async () => {
    await api.ask(admin, 'POST', '/mails?action=pause');
    const flood = (actor: string, method: string, path: string, body?: unknown) =>
      Promise.all(
        Array.from({ length: 400 }, () =>
          api.ask({ actor, role: 'viewer' }, method, path, body === undefined ? {} : { body }),
        ),
      );
    await flood('bob', 'POST', '/nothing?action=pause');
    await flood('bob', 'POST', '/mails?action=empty');
    await flood('eve', 'PUT', '/schedules/daily', { queue: 'x'.repeat(50_000) });
    await flood('dan', 'POST', '/mails/jobs/nothing?action=no');
    const all = await Promise.all(Array.from({ length: 400 }, () => api.ask(admin, 'POST', '/nothing?action=pause')));
    expect(all.every(({ status }) => status === 404)).toBe(true);

    expect(await read()).toMatchObject([{ actor: 'ann', action: 'pause', queue: 'mails', outcome: 'done' }]);
    const failed = await read('?outcome=failed&limit=1000');
    const of = (actor: string) => failed.filter((entry) => entry.actor === actor);
    for (const actor of ['ann', 'bob', 'eve', 'dan']) expect(of(actor), actor).toHaveLength(10);
    expect(of('bob')[0]).toMatchObject({ action: 'pause', queue: 'nothing', role: 'viewer', outcome: 'failed' });
    expect(of('eve')[0]).toMatchObject({ action: 'schedule:put', target: 'daily' });
    expect(of('dan')[0]).toMatchObject({ action: 'POST /{queue}/jobs/{id}', queue: 'mails', target: 'nothing' });
    expect(Buffer.byteLength(JSON.stringify(failed))).toBeLessThan(100_000);
  });

  it('has nothing of who is not known, and has who was refused', async () => {
    for (const path of ['/mails?action=pause', '/nothing?action=pause']) {
      expect((await api.ask(null, 'POST', path)).status).toBe(401);
      expect((await api.ask({ actor: 7, role: 'admin' }, 'POST', path)).status).toBe(500);
    }
    await api.ask(admin, 'POST', '/mails?action=pause', { headers: { origin: 'https://elsewhere.example' } });
    const bound = { actor: 'shop', role: 'admin', tenants: ['a'] };
    await api.ask(bound, 'POST', '/mails?action=resume');
    await api.ask({ actor: 'bob', role: 'viewer' }, 'POST', '/monitoring/retry');
    expect(await read()).toEqual([]);
    expect(await read('?outcome=failed')).toMatchObject([
      { actor: 'bob', action: 'retry' },
      { actor: 'shop', action: 'resume', queue: 'mails' },
      { actor: 'ann', action: 'POST /{queue}', queue: 'mails' },
    ]);
  });

  it('holds bounded entries in one line, with nothing that changes how they are read', async () => {
    const actor = 'ann\n\u001b[31m{"actor":"bob"}\u202e\u2028';
    const jobIds = Array.from({ length: 1_000 }, (_, nth) => `${'😀'.repeat(10)}${nth}`);
    const body = { queue: 'mails', jobIds };
    expect((await api.ask({ ...admin, actor }, 'POST', '/monitoring/retry', { body })).status).toBe(200);
    const name = `%0A%1B${'x'.repeat(5_000)}`;
    await api.ask({ ...admin, actor }, 'POST', `/${name}/jobs/${name}?action=retry`);
    const written = [...(await read()), ...(await read('?outcome=failed'))];
    expect(written).toMatchObject([
      { actor: 'ann\\u{a}\\u{1b}[31m{"actor":"bob"}\\u{202e}\\u{2028}', detail: { retried: 0 } },
      { queue: expect.stringMatching(/^\\u\{a\}\\u\{1b\}x+…$/), outcome: 'failed' },
    ]);
    for (const entry of written) {
      expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThan(4_096);
      expect(JSON.stringify(entry)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\\[nr]|\\u00/u);
    }
  });

  it('leaves out what cannot be read, and shows what an older release has written', async () => {
    await api.ask(admin, 'POST', '/mails?action=pause');
    const entry = { at: 1, actor: 'old', role: 'admin', action: 'pause', outcome: 'done' };
    await api.engine.state.append(
      'audit',
      [
        { ...entry, actor: 7 },
        { ...entry, role: 'root' },
        { ...entry, target: 'x'.repeat(65_000) },
        { ...entry, outcome: 'failed' },
        null,
      ]
        .map((one) => JSON.stringify(one))
        .concat('{"at":', ''),
      10_000,
    );
    await api.ask(admin, 'POST', '/mails?action=resume');
    const first = (await api.ask(admin, 'GET', '/audit?limit=1')).data;
    expect(first.entries).toMatchObject([{ action: 'resume' }]);
    const rest = await read(`?cursor=${String(first.cursor)}`);
    expect(rest).toMatchObject([
      { actor: 'old', action: 'pause' },
      { actor: 'ann', action: 'pause' },
    ]);
    expect(String(rest[0]?.target)).toHaveLength(1_022);
  });
});
