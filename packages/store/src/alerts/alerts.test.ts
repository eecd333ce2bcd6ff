/** Alerts on both stores: opened once, counted, acknowledged, resolved and opened again, each of one organization. */
import { randomUUID } from 'node:crypto';
import { ArgumentError, NotFoundError } from '@bizinsights/jobs-core';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import type { StoreOptions } from '../store.js';

const OPENING = 180_000;

const STORES = {
  PostgreSQL: (options: Partial<StoreOptions>) => openOnPostgres(inject('postgresUrl'), options),
  embedded: (options: Partial<StoreOptions>) => openOnEmbedded(options),
} as const;

let opened: OpenStore | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const drop = {
  organizationId: 'acme',
  fingerprint: 'revenue',
  type: 'metric',
  severity: 'HIGH',
  source: 'insights',
  title: 'Revenue fell',
  message: 'It fell by 40 %.',
  labels: { metric: 'revenue' },
} as const;

/** Another job each time. */
const occurrence = () => ({ ...drop, id: randomUUID() });

describe.each(Object.entries(STORES))('on %s', { timeout: OPENING }, (_name, open) => {
  let now = 1_000;

  async function openStore() {
    now = 1_000;
    opened = await open({ now: () => now });
    await opened.store.organizations.upsert({ id: 'rival', name: 'Rival', timeZone: 'UTC', currency: 'EUR' });
    return { ...opened.store, pool: opened.pool };
  }

  test('opens an alert, counts it while it is open or acknowledged, and opens it again after it was resolved', async () => {
    const { alerts } = await openStore();
    const { alert, ...created } = await alerts.raise({ ...occurrence(), evidence: { value: 7, list: [null, 'a'] } });
    expect(created).toEqual({ outcome: 'created', opening: 1 });
    const { organizationId, fingerprint, type, severity, source, title, message, labels } = drop;
    const texts = { organizationId, fingerprint, type, severity, source, title, message, labels };
    const times = { createdAt: 1_000, openedAt: 1_000, lastSeenAt: 1_000 };
    const { id } = alert;
    expect(alert).toEqual({
      ...{ ...texts, ...times, id, status: 'open', occurrences: 1 },
      evidence: { value: 7, list: [null, 'a'] },
    });

    now = 2_000;
    const repeated = await alerts.raise({ ...occurrence(), message: 'It fell by 45 %.' });
    expect(repeated).toMatchObject({ outcome: 'repeated', opening: 1 });
    const second = { ...texts, ...times, id, message: 'It fell by 45 %.', lastSeenAt: 2_000 };
    expect(repeated.alert).toEqual({ ...second, status: 'open', occurrences: 2 });

    now = 3_000;
    expect(await alerts.acknowledge('acme', id, { by: 'ann' })).toMatchObject({ acknowledgedBy: 'ann' });
    now = 4_000;
    const known = await alerts.raise(occurrence());
    expect(known).toMatchObject({ outcome: 'repeated', alert: { status: 'acknowledged', acknowledgedAt: 3_000 } });

    await alerts.resolve('acme', id, { by: 'bob' });
    now = 5_000;
    const reopened = await alerts.raise({ ...occurrence(), severity: 'LOW' });
    expect(reopened).toMatchObject({ outcome: 'reopened', opening: 2 });
    expect(reopened.alert).toEqual({
      ...{ ...texts, id, status: 'open', severity: 'LOW', occurrences: 4 },
      ...{ createdAt: 1_000, openedAt: 5_000, lastSeenAt: 5_000 },
    });
    expect(await alerts.get('acme', id)).toEqual(reopened.alert);
  });

  test('raises the severity while it is open, and never lowers it', async () => {
    const { alerts } = await openStore();
    const severities: string[] = [];
    for (const severity of ['LOW', 'HIGH', 'MEDIUM', 'CRITICAL', 'LOW'] as const) {
      severities.push((await alerts.raise({ ...occurrence(), severity })).alert.severity);
    }
    expect(severities).toEqual(['LOW', 'HIGH', 'HIGH', 'CRITICAL', 'CRITICAL']);
  });

  test('keeps alerts of other fingerprints, other organizations and the system apart', async () => {
    const { alerts } = await openStore();
    const { organizationId: _, ...system } = occurrence();
    const raised = [
      await alerts.raise(occurrence()),
      await alerts.raise({ ...occurrence(), fingerprint: 'orders' }),
      await alerts.raise({ ...occurrence(), organizationId: 'rival' }),
      await alerts.raise(system),
    ];
    expect(raised.map(({ outcome }) => outcome)).toEqual(Array(4).fill('created'));
    expect(await alerts.raise({ ...system, id: 'another' })).toMatchObject({ outcome: 'repeated' });
    expect(raised[3]?.alert).not.toHaveProperty('organizationId');
    const idsOf = async (organizationId: string | null) =>
      (await alerts.list(organizationId)).alerts.map(({ id }) => id).sort();
    const ids = raised.map(({ alert }) => alert.id);
    expect(await idsOf('acme')).toEqual(ids.slice(0, 2).sort());
    expect(await idsOf('rival')).toEqual([ids[2]]);
    expect(await idsOf(null)).toEqual([ids[3]]);
    expect(await idsOf('nobody')).toEqual([]);
  });

  test('an occurrence that is raised again changes nothing, also when the alert was resolved in between', async () => {
    const { alerts } = await openStore();
    const first = occurrence();
    const { alert } = await alerts.raise(first);
    const again = await alerts.raise({ ...first, severity: 'CRITICAL', message: 'Changed.' });
    expect(again).toEqual({ alert, outcome: 'created', opening: 1 });
    await alerts.resolve('acme', alert.id, { by: 'ann' });
    const late = await alerts.raise(first);
    expect(late).toMatchObject({ outcome: 'created', opening: 1, alert: { status: 'resolved', occurrences: 1 } });
    const atOnce = occurrence();
    const answers = await Promise.all(Array.from({ length: 5 }, () => alerts.raise(atOnce)));
    expect(new Set(answers.map(({ outcome, opening }) => `${outcome} ${opening}`))).toEqual(new Set(['reopened 2']));
    expect(await alerts.get('acme', alert.id)).toMatchObject({ occurrences: 2 });
  });

  test('ten occurrences at once are one alert', async () => {
    const { alerts } = await openStore();
    const raised = await Promise.all(Array.from({ length: 10 }, () => alerts.raise(occurrence())));
    expect(new Set(raised.map(({ alert }) => alert.id)).size).toBe(1);
    expect(raised.map(({ outcome }) => outcome).sort()).toEqual(['created', ...Array(9).fill('repeated')]);
    expect((await alerts.list('acme')).alerts).toMatchObject([{ occurrences: 10 }]);
  });

  test('acknowledges and resolves once, and nothing of another organization', async () => {
    const { alerts } = await openStore();
    const { id } = (await alerts.raise(occurrence())).alert;
    now = 2_000;
    const acknowledged = await alerts.acknowledge('acme', id, { by: 'ann' });
    expect(acknowledged).toMatchObject({ status: 'acknowledged', acknowledgedBy: 'ann', acknowledgedAt: 2_000 });
    now = 3_000;
    expect(await alerts.acknowledge('acme', id, { by: 'bob' })).toEqual(acknowledged);
    const resolved = await alerts.resolve('acme', id, { by: 'bob' });
    expect(resolved).toEqual({ ...acknowledged, status: 'resolved', resolvedBy: 'bob', resolvedAt: 3_000 });
    now = 4_000;
    expect(await alerts.resolve('acme', id, { by: 'ann' })).toEqual(resolved);
    expect(await alerts.acknowledge('acme', id, { by: 'ann' })).toEqual(resolved);

    for (const owner of ['rival', null]) {
      expect(await alerts.get(owner, id)).toBeUndefined();
      await expect(alerts.acknowledge(owner, id, { by: 'eve' })).rejects.toThrow(NotFoundError);
      await expect(alerts.resolve(owner, id, { by: 'eve' })).rejects.toThrow(NotFoundError);
    }
    for (const unknown of ['', 'none', 'a\0', 'x'.repeat(256), "' OR 1=1 --"]) {
      expect(await alerts.get('acme', unknown)).toBeUndefined();
      await expect(alerts.resolve('acme', unknown, { by: 'eve' })).rejects.toThrow(NotFoundError);
    }
    expect(await alerts.get('acme', id)).toEqual(resolved);
  });

  test('refuses arguments that are none', async () => {
    const { alerts } = await openStore();
    const { id } = (await alerts.raise(occurrence())).alert;
    for (const by of ['', 'x'.repeat(256), 'a\0']) {
      await expect(alerts.acknowledge('acme', id, { by })).rejects.toThrow(ArgumentError);
      await expect(alerts.resolve('acme', id, { by })).rejects.toThrow(ArgumentError);
    }
    for (const query of [{ limit: 0 }, { limit: 1.5 }, { limit: 1_001 }, { cursor: 'abc' }]) {
      await expect(alerts.list('acme', query)).rejects.toThrow(ArgumentError);
    }
    const untyped: { status: 'open'; organizationId: string } = JSON.parse('{"status":"done"}');
    await expect(alerts.list('acme', untyped)).rejects.toThrow(ArgumentError);
    // A host without types that has no organization must not see the system's alerts.
    await expect(alerts.list(untyped.organizationId)).rejects.toThrow(ArgumentError);
    await expect(alerts.get(untyped.organizationId, id)).rejects.toThrow(ArgumentError);
    await expect(alerts.resolve('', id, { by: 'ann' })).rejects.toThrow(ArgumentError);
  });

  test('lists pages, the one that was opened last first, and by status', async () => {
    const { alerts } = await openStore();
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      now = 1_000 + Math.floor(index / 2);
      ids.push((await alerts.raise({ ...occurrence(), fingerprint: String(index) })).alert.id);
    }
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await alerts.list('acme', { limit: 3, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.alerts.map(({ id }) => id));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    const openedAt = (await alerts.list('acme')).alerts.map((alert) => alert.openedAt);
    expect(openedAt).toEqual([...openedAt].sort((a, b) => b - a));
    await alerts.resolve('acme', ids[2] ?? '', { by: 'ann' });
    await alerts.acknowledge('acme', ids[4] ?? '', { by: 'ann' });
    const only = async (status: 'open' | 'acknowledged' | 'resolved') =>
      (await alerts.list('acme', { status })).alerts.map(({ id }) => id);
    expect(await only('resolved')).toEqual([ids[2]]);
    expect(await only('acknowledged')).toEqual([ids[4]]);
    expect(await only('open')).toHaveLength(5);
  });

  test('keeps odd texts as texts', async () => {
    const { alerts } = await openStore();
    const odd = "Ω 🙂 \u202e <script>alert('1')</script> '; DROP TABLE alerts; -- \r\n \u2028 {{7*7}}";
    const fingerprint = `${'🙂'.repeat(150)}`;
    const texts = { title: odd, message: odd.repeat(60), type: odd, source: odd, fingerprint };
    const { alert } = await alerts.raise({ ...occurrence(), ...texts, labels: { [odd]: odd, __proto__: 'x' } });
    expect(await alerts.get('acme', alert.id)).toMatchObject({ ...texts, labels: { [odd]: odd } });
    const unstorable = {
      title: 'a\0b\ud800',
      fingerprint: 'a\0',
      labels: { 'a\0': '\udfff' },
      evidence: { 'b\0': ['\0'] },
    };
    const { alert: marked } = await alerts.raise({ ...occurrence(), ...unstorable });
    expect(marked).toMatchObject({
      title: 'a\ufffdb\ufffd',
      labels: { 'a\ufffd': '\ufffd' },
      evidence: { 'b\ufffd': ['\ufffd'] },
    });
    // Two fingerprints stay two.
    expect(await alerts.raise({ ...occurrence(), fingerprint: 'a\ufffd' })).toMatchObject({ outcome: 'created' });
    expect(await alerts.raise({ ...occurrence(), ...unstorable })).toMatchObject({ outcome: 'repeated' });
  });

  test('an unknown organization is refused, and a removed one takes its alerts with it', async () => {
    const { alerts, organizations, pool } = await openStore();
    await expect(alerts.raise({ ...occurrence(), organizationId: 'nobody' })).rejects.toThrow(/foreign key/);
    const { alert } = await alerts.raise({ ...occurrence(), organizationId: 'rival' });
    const notice = { alertId: alert.id, opening: 1, channel: 'email', occurrence: '1' };
    await alerts.claim(notice, ['ann@example.com']);
    await organizations.remove('rival');
    for (const table of ['alerts', 'alert_occurrences', 'alert_notices']) {
      expect((await pool.query(`SELECT FROM bizinsights.${table}`)).rowCount).toBe(0);
    }
  });
});
