/** Who tells whom of an alert: each recipient of an opening is one occurrence's, until it is told. */

import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../database/database.js';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import type { StoreOptions } from '../store.js';
import { removeOldAlerts } from './remove-old-alerts.js';

const OPENING = 180_000;
const MINUTE = 60_000;

const STORES = {
  PostgreSQL: (options: Partial<StoreOptions>) => openOnPostgres(inject('postgresUrl'), options),
  embedded: (options: Partial<StoreOptions>) => openOnEmbedded(options),
} as const;

let opened: OpenStore | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const ANN = 'ann@example.com';
const BOB = 'bob@example.com';

describe.each(Object.entries(STORES))('on %s', { timeout: OPENING }, (_name, open) => {
  let now = 0;

  async function openAlert() {
    now = 1_000_000;
    opened = await open({ now: () => now });
    const { alerts } = opened.store;
    const raise = async (fingerprint: string) => {
      const texts = { type: 'metric', source: 'test', title: 'A title', message: '', labels: {} };
      const whose = { id: randomUUID(), organizationId: 'acme', fingerprint };
      return (await alerts.raise({ ...whose, ...texts, severity: 'HIGH' })).alert;
    };
    const { id } = await raise('one');
    const notice = (occurrence: string, opening = 1) => ({ alertId: id, opening, channel: 'email', occurrence });
    return { alerts, notice, raise, id, pool: opened.pool };
  }

  test('gives each recipient to one occurrence, and to the same one again', async () => {
    const { alerts, notice } = await openAlert();
    expect(await alerts.claim(notice('first'), [ANN])).toEqual([{ recipient: ANN, isSent: false }]);
    expect(await alerts.claim(notice('second'), [BOB, ANN, BOB])).toEqual([{ recipient: BOB, isSent: false }]);
    expect(await alerts.claim(notice('first'), [ANN, BOB])).toEqual([{ recipient: ANN, isSent: false }]);
    await alerts.confirmSent(notice('first'), [ANN]);
    expect(await alerts.claim(notice('first'), [ANN, BOB])).toEqual([{ recipient: ANN, isSent: true }]);
    expect(await alerts.claim(notice('third'), [ANN, BOB])).toEqual([]);
    expect(await alerts.claim(notice('third', 2), [ANN])).toEqual([{ recipient: ANN, isSent: false }]);
    expect(await alerts.claim({ ...notice('third'), channel: 'chat' }, [ANN])).toHaveLength(1);
    expect(await alerts.claim(notice('first'), [])).toEqual([]);
    await alerts.confirmSent(notice('first'), []);
  });

  test('leaves what an occurrence has not told within a minute to another one, and what it has told to nobody', async () => {
    const { alerts, notice } = await openAlert();
    await alerts.claim(notice('crashed'), [ANN, BOB]);
    await alerts.confirmSent(notice('crashed'), [BOB]);
    now += MINUTE;
    expect(await alerts.claim(notice('next'), [ANN, BOB])).toEqual([]);
    now += 1;
    expect(await alerts.claim(notice('next'), [ANN, BOB])).toEqual([{ recipient: ANN, isSent: false }]);
    expect(await alerts.claim(notice('crashed'), [ANN, BOB])).toEqual([{ recipient: BOB, isSent: true }]);
  });

  test('ten occurrences at once divide the recipients between them', async () => {
    const { alerts, notice } = await openAlert();
    const recipients = Array.from({ length: 20 }, (_, index) => `${index}@example.com`);
    const claims = Array.from({ length: 10 }, (_, index) => {
      const turned = [...recipients.slice(index), ...recipients.slice(0, index)];
      return alerts.claim(notice(String(index)), turned);
    });
    const claimed = (await Promise.all(claims)).flat().map(({ recipient }) => recipient);
    expect(claimed.sort()).toEqual([...recipients].sort());
  });

  test('removes alerts that were resolved long ago, and leaves open ones', async () => {
    const { alerts, notice, raise, id, pool } = await openAlert();
    const acknowledged = await raise('two');
    const resolved = await raise('three');
    const recently = await raise('four');
    await alerts.claim(notice('first'), [ANN]);
    await alerts.claim({ ...notice('first'), alertId: resolved.id }, [ANN]);
    await alerts.acknowledge('acme', acknowledged.id, { by: 'ann' });
    await alerts.resolve('acme', resolved.id, { by: 'ann' });
    now += 10;
    await alerts.resolve('acme', recently.id, { by: 'ann' });
    const database = openDatabase(pool);
    expect(await removeOldAlerts(database, now - 10)).toBe(0);
    expect(await removeOldAlerts(database, now)).toBe(1);
    const left = (await alerts.list('acme')).alerts.map((alert) => alert.id);
    expect(left.sort()).toEqual([id, acknowledged.id, recently.id].sort());
    expect((await pool.query('SELECT FROM bizinsights.alert_notices')).rowCount).toBe(1);
    // Old occurrences are forgotten, and still count.
    expect((await pool.query('SELECT FROM bizinsights.alert_occurrences')).rowCount).toBe(0);
    expect(await alerts.get('acme', id)).toMatchObject({ occurrences: 1, status: 'open' });
  });
});
