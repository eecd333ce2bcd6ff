/** Runs the table of requests, and what takes more than one request, against one way to mount the API. */
import { type RedisServer, startRedis } from '@bizinsights/test-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CASES, type Case } from './cases.js';
import { createHost, plain, seed } from './host.js';

/** One way to mount the API. */
export interface Subject {
  /** @param path behind the base path */
  send(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface ConformanceOptions {
  /** On the queues of `host.ts`, with `byHeader` for `authorize` and `[bellRoutes]` for `plugins`. */
  readonly open: (redisUrl: string) => Promise<Subject>;
  /** A body parser stands before the API: it refuses some requests itself. Default false. */
  readonly parser?: boolean;
}

const ADMIN = { 'x-role': 'admin' };
const PARALLEL = 200;

/** What an id may be, and a server on the way may take for a part of the address. */
const UNUSUAL_IDS = [
  'jobs',
  'schedules',
  'a/b',
  '/',
  '//a//',
  'a%2Fb',
  '%2e%2e',
  '../a',
  'a/../../b',
  '...',
  'a\\b',
  '?x=1&y',
  '#',
  '%',
  '%zz',
  '+',
  ' a b ',
  'a\tb\nc',
  'größe 日本語 👋',
  '\ufffd',
  '__proto__',
  'ä'.repeat(256),
];

export function monitoringConformance(name: string, { open, parser = false }: ConformanceOptions): void {
  describe(name, () => {
    let redis: RedisServer;
    let subject: Subject;
    beforeAll(async () => {
      redis = await startRedis();
      await seed(redis.url);
      subject = await open(redis.url);
    }, 900_000);
    afterAll(async () => {
      await subject.close();
      await redis.stop();
    });

    it.each(CASES.map((one) => [title(one), one] as const))('%s', async (_, one) => {
      const { method, path, role = 'admin', body, status, answers = {}, shape, refusedByParser } = one;
      const ask = async () => {
        const response = await subject.send(path, {
          method,
          headers: {
            ...(role === null ? {} : { 'x-role': role }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...one.headers,
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        });
        return { response, text: await response.text() };
      };
      let { response, text } = await ask();
      // A search answers in time with what it has found by then.
      while (text.includes('"isComplete":false')) ({ response, text } = await ask());
      expect(response.status, text.slice(0, 1_000)).toBe(status);
      if (parser && refusedByParser) return;
      for (const [header, value] of Object.entries(answers))
        expect(response.headers.get(header), header).toMatch(value);
      if (response.headers.get('content-type')?.startsWith('text/event-stream') === false) {
        expect(text).not.toContain('example.com');
      }
      if (shape === '') expect(text).toBe('');
      else if (typeof shape === 'string') expect(text).toContain(shape);
      else if (shape !== undefined) expect(JSON.parse(text)).toMatchObject(shape);
    });

    it('answers many requests at once, each its own', async () => {
      const answers = await Promise.all(
        Array.from({ length: PARALLEL }, async (_, index) => {
          const id = `mail-${index % 50}`;
          const response = await subject.send(`/mails/jobs?id=${id}`, { headers: ADMIN });
          const text = await response.text();
          expect(response.status, text).toBe(200);
          return [id, text] as const;
        }),
      );
      for (const [id, text] of answers)
        expect(JSON.parse(text).data.jobs).toMatchObject(text.includes(id) ? [{ id }] : []);
    });

    it.each(UNUSUAL_IDS)('reaches the job %j', async (id) => {
      const jobs = createHost(redis.url);
      await jobs.queue(plain).add({}, { id });
      await jobs.close();
      const path = `/plain/jobs/${encodeURIComponent(id)}`;
      for (const [method, asked] of [
        ['GET', path],
        ['POST', `${path}?action=remove`],
      ] as const) {
        const response = await subject.send(asked, { method, headers: ADMIN });
        const text = await response.text();
        expect(response.status, text).toBe(200);
        expect(JSON.parse(text)).toMatchObject({ data: { id } });
      }
      expect((await subject.send(path, { headers: ADMIN })).status).toBe(404);
    });

    it('streams events as they happen, and a client that goes frees its listener', async () => {
      const listening = async () => (await redis.command('CLIENT', 'LIST')).match(/cmd=xread /g)?.length ?? 0;
      expect(await listening()).toBe(0);
      const client = new AbortController();
      const response = await subject.send('/events', { headers: ADMIN, signal: client.signal });
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      const jobs = createHost(redis.url);
      await jobs.queue(plain).add({}, { id: 'seen' });
      let text = '';
      while (!text.includes('"jobId":"seen"')) {
        const next = await reader?.read();
        if (!next || next.done) throw new Error(`The stream ended with ${text}`);
        text += next.value;
      }
      expect(text).toContain('retry: ');
      expect(await listening()).toBeGreaterThan(0);
      await reader?.cancel();
      client.abort();
      await vi.waitFor(async () => expect(await listening()).toBe(0), { timeout: 10_000 });
      await jobs.close();
    });
  });
}

function title({ method, path, role, body, status }: Case): string {
  const sent = body === undefined ? '' : ` with ${JSON.stringify(body).slice(0, 40)}`;
  return `${method} ${path}${role === undefined ? '' : ` as ${role ?? 'nobody'}`}${sent}: ${status}`;
}
