/** The whole way of an alert on real engines: jobs at once, one alert in the store, one mail a person. */
import { randomUUID } from 'node:crypto';
import { alertsProcessor, alertsQueue } from '@bizinsights/jobs-alerts';
import { type Connection, createJobs, type Jobs, silentLogger } from '@bizinsights/jobs-core';
import { type EmailTransport, emailProcessor } from '@bizinsights/jobs-email';
import { defineEmailQueue } from '@bizinsights/jobs-email/queue';
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
  test(`${TIMES} jobs of one fingerprint at once are one alert, and one mail a person each time it is opened`, async () => {
    const opened = await open();
    cleanUp.push(opened.close);
    const { alerts, organizations } = opened.store;
    const ann = { organizationId: 'acme', id: 'ann', email: 'ann@example.com', role: 'owner' } as const;
    await organizations.upsertMember(ann);
    await organizations.upsertMember({ ...ann, id: 'bob', email: 'bob@example.com', role: 'admin', locale: 'de-AT' });
    await organizations.upsertMember({ ...ann, id: 'cleo', email: 'cleo@example.com', role: 'member' });
    await organizations.upsertMember({ ...ann, id: 'again', email: 'Ann@example.com', role: 'admin' });

    const sent: string[] = [];
    const transport: EmailTransport = {
      name: 'recording',
      maxBatch: 1,
      async send(mails) {
        sent.push(...mails.flatMap(({ to }) => to.map(({ address }) => address)));
        return { ids: ['1'], rejected: [] };
      },
    };
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
