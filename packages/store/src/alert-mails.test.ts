/** The whole way of mails on real engines: jobs at once, one alert in the store, one mail a person, whatever dies. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertStore, alertsProcessor, alertsQueue } from '@bizinsights/jobs-alerts';
import { type Connection, createJobs, type Jobs, silentLogger } from '@bizinsights/jobs-core';
import { type EmailTransport, emailProcessor } from '@bizinsights/jobs-email';
import { defineEmailQueue } from '@bizinsights/jobs-email/queue';
import { localStorage, reportsProcessor, reportsQueue } from '@bizinsights/jobs-reports';
import { createDatabase } from '@bizinsights/test-servers';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { openOnEmbedded, openOnPostgres } from './fixtures/open-store.js';

const OPENING = 180_000;
const TIMES = 10;

/** Completed mails are gone at once: that a mail was sent must be known without them. */
const emailQueue = defineEmailQueue({ templates: {}, defaults: { retention: { completed: { count: 0 } } } });
const queues = [alertsQueue, emailQueue] as const;

const drop = {
  organizationId: 'acme',
  type: 'metric',
  severity: 'HIGH',
  source: 'insights',
  title: 'Revenue fell by 40 %',
  message: 'It was 1,200 EUR.',
} as const;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Keeps who was sent a mail. */
function recordingTransport(): { readonly sent: readonly string[]; readonly transport: EmailTransport } {
  const sent: string[] = [];
  return {
    sent,
    transport: {
      name: 'recording',
      maxBatch: 1,
      async send(mails) {
        sent.push(...mails.flatMap(({ to }) => to.map(({ address }) => address)));
        return { ids: ['1'], rejected: [] };
      },
    },
  };
}

interface Setup {
  readonly open: () => ReturnType<typeof openOnEmbedded>;
  readonly connection: () => Promise<Connection> | Connection;
  /** The embedded store is of one process. */
  readonly workers: number;
}

const SETUPS: Readonly<Record<string, Setup>> = {
  Redis: { open: () => openOnPostgres(inject('postgresUrl')), connection: () => inject('redisUrl'), workers: 3 },
  PostgreSQL: {
    open: () => openOnPostgres(inject('postgresUrl')),
    connection: async () => {
      const { url, drop: dropDatabase } = await createDatabase(inject('postgresUrl'));
      cleanUp.push(dropDatabase);
      return url;
    },
    workers: 3,
  },
  'the embedded store': { open: () => openOnEmbedded(), connection: () => 'memory:', workers: 1 },
};

describe.each(Object.entries(SETUPS))('on %s', { timeout: OPENING }, (_name, { open, connection, workers }) => {
  test('mails that were sent and whose jobs are gone are not sent again when a worker died before it noted them', async () => {
    const { store, close } = await open();
    cleanUp.push(close);
    const { alerts, organizations, reports } = store;
    await organizations.upsertMember({ organizationId: 'acme', id: 'ann', email: 'ann@example.com', role: 'owner' });
    const { sent, transport } = recordingTransport();
    const all = [alertsQueue, reportsQueue, emailQueue] as const;
    const prefix = `mails-${randomUUID()}`;
    const jobs = createJobs({
      connection: await connection(),
      prefix,
      queues: all,
      logger: silentLogger,
      environment: {},
    });
    cleanUp.push(() => jobs.close());
    let deaths = 0;
    /** Once: as a worker that dies when its mail has been sent. */
    const dieBefore = async (count: number) => {
      await expect.poll(() => sent.length, { timeout: OPENING }).toBe(count);
      const gone = { waiting: 0, active: 0, completed: 0, delayed: 0, failed: 0 };
      await expect.poll(() => jobs.queue(emailQueue).counts(), { timeout: OPENING }).toMatchObject(gone);
      deaths += 1;
      throw new Error('The worker has died');
    };
    const dyingAlerts: AlertStore = {
      raise: (occurrence) => alerts.raise(occurrence),
      claim: (notice, recipients) => alerts.claim(notice, recipients),
      confirmSent: async (notice, recipients) =>
        deaths === 0 ? await dieBefore(1) : await alerts.confirmSent(notice, recipients),
    };
    const dyingReports = new Proxy(reports, {
      get(target, name) {
        if (name === 'markMailed' && deaths === 1) return () => dieBefore(2);
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const dir = await mkdtemp(join(tmpdir(), 'reports-'));
    cleanUp.push(() => rm(dir, { recursive: true }));
    const storage = localStorage({ dir, secret: 'a secret of thirty-two characters' });
    const data = store.reportData;
    jobs.registerProcessor(alertsProcessor({ alerts: dyingAlerts, members: organizations }));
    jobs.registerProcessor(reportsProcessor({ reports: dyingReports, data, storage, schedules: false }));
    jobs.registerProcessor(emailProcessor({ queue: emailQueue, transport, from: 'no-reply@example.com' }));
    await jobs.startWorker({ handleSignals: false });

    const alert = await jobs.queue(alertsQueue).add(drop, { backoff: { type: 'fixed', delay: 0 } });
    expect(await jobs.queue(alertsQueue).waitFor(alert.id, { timeout: OPENING })).toMatchObject({ recipients: 1 });
    const request = {
      organizationId: 'acme',
      template: 'sales',
      format: 'csv',
      recipients: ['bob@example.com'],
    } as const;
    const period = { from: '2026-10-01', to: '2026-10-31' };
    const report = await jobs.queue(reportsQueue).add({ ...request, period });
    expect(await jobs.queue(reportsQueue).waitFor(report.id, { timeout: OPENING })).toMatchObject({ mails: 1 });
    expect(deaths).toBe(2);
    await expect
      .poll(() => jobs.queue(emailQueue).counts(), { timeout: OPENING })
      .toMatchObject({ waiting: 0, active: 0 });
    await jobs.close();
    expect(sent).toEqual(['ann@example.com', 'bob@example.com']);
  });

  test(`${TIMES} jobs of one fingerprint at once are one alert, and one mail a person each time it is opened`, async () => {
    const opened = await open();
    cleanUp.push(opened.close);
    const { alerts, organizations } = opened.store;
    const ann = { organizationId: 'acme', id: 'ann', email: 'ann@example.com', role: 'owner' } as const;
    await organizations.upsertMember(ann);
    await organizations.upsertMember({ ...ann, id: 'bob', email: 'bob@example.com', role: 'admin', locale: 'de-AT' });
    await organizations.upsertMember({ ...ann, id: 'cleo', email: 'cleo@example.com', role: 'member' });
    await organizations.upsertMember({ ...ann, id: 'again', email: 'Ann@example.com', role: 'admin' });

    const { sent, transport } = recordingTransport();
    const shared = await connection();
    const prefix = `alerts-${randomUUID()}`;
    const all: Jobs<typeof queues>[] = [];
    for (let count = 0; count < workers; count++) {
      const jobs = createJobs({ connection: shared, prefix, queues, logger: silentLogger, environment: {} });
      cleanUp.push(() => jobs.close());
      jobs.registerProcessor(alertsProcessor({ alerts, members: organizations }));
      jobs.registerProcessor(emailProcessor({ queue: emailQueue, transport, from: 'no-reply@example.com' }));
      await jobs.startWorker({ handleSignals: false });
      all.push(jobs);
    }
    const [jobs] = all;
    if (!jobs) throw new Error('There are no jobs');
    const raiseAtOnce = async () => {
      const added = await jobs.queue(alertsQueue).addMany(Array.from({ length: TIMES }, () => ({ data: drop })));
      const results = await Promise.all(
        added.map(({ id }) => jobs.queue(alertsQueue).waitFor(id, { timeout: OPENING })),
      );
      return {
        ids: new Set(results.map(({ alertId }) => alertId)).size,
        outcomes: results.map(({ outcome }) => outcome).sort(),
        recipients: results.reduce((sum, { recipients }) => sum + recipients, 0),
      };
    };

    const repeated = Array(TIMES - 1).fill('repeated');
    expect(await raiseAtOnce()).toEqual({ ids: 1, outcomes: ['created', ...repeated], recipients: 2 });
    const [alert] = (await alerts.list('acme')).alerts;
    expect(alert).toMatchObject({ status: 'open', occurrences: TIMES, title: drop.title });
    await alerts.resolve('acme', alert?.id ?? '', { by: 'ann' });
    expect(await raiseAtOnce()).toEqual({ ids: 1, outcomes: ['reopened', ...repeated].sort(), recipients: 2 });

    // What was added before the workers close is sent.
    await expect.poll(() => sent.length, { timeout: OPENING }).toBeGreaterThanOrEqual(4);
    expect(await jobs.queue(emailQueue).counts()).toMatchObject({ waiting: 0, delayed: 0, failed: 0 });
    for (const one of all) await one.close();
    expect(sent.map((address) => address.toLowerCase()).sort()).toEqual(
      ['ann', 'ann', 'bob', 'bob'].map((name) => `${name}@example.com`),
    );
  });
});
