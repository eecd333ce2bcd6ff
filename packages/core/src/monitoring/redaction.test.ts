/** What a queue redacts is in no answer, event or audit entry of the API, however it was written. */
import { createDatabase } from '@bizinsights/test-servers';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { CapturedLog } from '../testing/behaviour/captured-log.js';
import { createMonitoringHandler } from './app.js';

const CONNECTIONS = {
  Redis: async () => inject('redisUrl'),
  PostgreSQL: async () => (await createDatabase(inject('postgresUrl'))).url,
};

const EMAIL = 'Ann+secret%1@exämple.com';
const HEADER = 'x-tenant-of-bob';
const PIN = 471_199;
/** As a processor may have written them. */
const FORMS = [
  EMAIL,
  EMAIL.toUpperCase(),
  encodeURIComponent(EMAIL),
  encodeURIComponent(EMAIL).toLowerCase(),
  EMAIL.replaceAll('+', '&#43;'),
  Buffer.from(EMAIL).toString('base64'),
  Buffer.from(EMAIL).toString('base64url'),
  HEADER,
  HEADER.toUpperCase(),
  String(PIN),
];

const people = defineQueue({
  name: 'people',
  schema: z.object({
    shop: z.string(),
    email: z.string(),
    pin: z.number(),
    headers: z.record(z.string(), z.string()),
    note: z.string(),
  }),
  result: z.unknown(),
  tenant: ({ shop }) => shop,
  redact: ['email', 'pin', 'headers', 'shop'],
  defaults: { attempts: 1 },
});

const data = {
  shop: 'shop-of-carla',
  email: EMAIL,
  pin: PIN,
  headers: { [HEADER]: 'v' },
  note: `visible, for ${EMAIL}`,
};

describe.each(Object.entries(CONNECTIONS))('on %s', (_engine, connect) => {
  it('what is redacted is in no answer and no log line, and no search finds it', async () => {
    const log = new CapturedLog();
    const jobs = createJobs({
      connection: await connect(),
      prefix: `redaction-${process.pid}-${Math.random().toString(36).slice(2)}`,
      queues: [people],
      logger: log.logger,
    });
    onTestFinished(() => jobs.close());
    const keyed = Object.fromEntries(FORMS.map((form) => [form, form]));
    jobs.registerProcessor(
      defineProcessor({
        queue: people,
        async process({ data: { note }, logger, progress }) {
          for (const form of FORMS) logger.info({ [form]: [form] }, `for ${form}`);
          await progress(keyed);
          if (note.startsWith('fails')) throw Object.assign(new Error(`no ${FORMS.join(' nor ')}`), keyed);
          return { keyed, list: [FORMS], pin: PIN };
        },
      }),
    );
    const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
    const seen: string[] = [];
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = { host: 'localhost', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await handler(new Request(`http://localhost/api/jobs${path}`, init));
      const text = await response.text();
      seen.push(`${method} ${path}: ${text}`);
      return { status: response.status, text };
    };
    const done = new Promise<void>((resolve) => {
      let ended = 0;
      const end = () => {
        ended += 1;
        if (ended === 2) resolve();
      };
      jobs.events.on('job:completed', end);
      jobs.events.on('job:exhausted', end);
    });
    const queue = jobs.queue(people);
    await queue.add(data, { id: 'good' });
    await queue.add({ ...data, note: 'fails' }, { id: 'bad' });
    const worker = await jobs.startWorker({ handleSignals: false });
    onTestFinished(() => worker.close().then(() => undefined));
    await done;

    for (const id of ['good', 'bad']) expect((await ask('GET', `/people/jobs/${id}`)).status).toBe(200);
    for (const path of [
      '/people',
      '/people/jobs?state=completed',
      '/people/jobs?state=failed',
      '/monitoring',
      '/workers',
    ]) {
      expect((await ask('GET', path)).status, path).toBe(200);
    }
    const schedule = { queue: 'people', every: 3_600_000, data };
    expect((await ask('PUT', '/schedules/daily', schedule)).status).toBe(200);
    const wrong = { ...data, headers: { [HEADER]: 7 }, pin: String(PIN) };
    const refused = await ask('PUT', '/schedules/wrong', { ...schedule, data: wrong });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('[redacted]');
    for (const path of ['/schedules', '/audit', '/metrics']) expect((await ask('GET', path)).status, path).toBe(200);

    const found = async (text: string) => {
      const ids: string[] = [];
      // An answer that is not complete goes on at its cursor: on a busy machine, the index takes longer than one request may.
      const query = new URLSearchParams({ text });
      for (;;) {
        const answer = await ask('GET', `/people/jobs?${query}`);
        const page: { jobs: { id: string }[]; cursor?: string } = JSON.parse(answer.text).data;
        ids.push(...page.jobs.map(({ id }) => id));
        if (page.cursor === undefined) return ids;
        query.set('cursor', page.cursor);
      }
    };
    expect(await found('visible')).toContain('good');
    for (const form of ['secret', 'exämple', HEADER, 'bob', String(PIN), 'carla', ...FORMS]) {
      expect(await found(form), form).toEqual([]);
    }

    const shown = [...seen.map((line) => line.slice(line.indexOf(': '))), log.text].join('\n');
    for (const form of [...FORMS, data.shop]) expect(shown).not.toContain(form);
    expect(shown).toContain('visible, for [redacted]');
  });
});
