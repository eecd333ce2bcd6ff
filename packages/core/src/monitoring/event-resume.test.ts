/** `Last-Event-ID` loses nothing and doubles nothing, in whichever process of the host a client comes back. */
import { createDatabase } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineQueue } from '../queue/definition.js';
import { createMonitoringHandler } from './app.js';

const QUEUES = 500;
const queues = Array.from({ length: QUEUES }, (_, n) => defineQueue({ name: `queue-${n}`, schema: z.number() }));
const some = queues.slice(0, 6);

/** What is closed when the test is over, the last one first. */
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Queues = typeof queues;
let prefixes = 0;

/** One process of a host. */
function open(connection: string, prefix: string, own: Queues) {
  const jobs = createJobs({ connection, prefix, queues: own, logger: silentLogger });
  closers.push(() => jobs.close());
  const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'viewer' }) });
  const listen = async (lastEventId: string | undefined, signal: AbortSignal) => {
    const headers = { host: 'localhost', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const { body } = await handler(new Request('http://localhost/api/jobs/events', { headers, signal }));
    return body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail('the stream has no body');
  };
  return { jobs, listen, close: () => jobs.close() };
}

interface Client {
  readonly had: string[];
  id: string | undefined;
}

/** Reads until the client has had so many more events, or what it may end with; then the connection is cut. */
async function read(client: Client, listen: ReturnType<typeof open>['listen'], enough: () => boolean): Promise<void> {
  const abort = new AbortController();
  const reader = await listen(client.id, abort.signal);
  let text = '';
  const take = () => {
    for (let end = text.indexOf('\n\n'); end >= 0 && !enough(); end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      client.id = /^id: (.+)$/m.exec(block)?.[1] ?? client.id;
      if (/^event: missed/m.test(block)) client.had.push('missed');
      const [, kind, data] = /^event: (\w+)\ndata: (.+)$/m.exec(block) ?? [];
      if (kind !== undefined && data !== undefined && kind !== 'missed') client.had.push(`${kind} ${data}`);
    }
  };
  while (!enough()) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    take();
  }
  abort.abort();
}

const STORES: [string, () => Promise<string>][] = [
  ['Redis', async () => inject('redisUrl')],
  ['Redis Cluster', async () => inject('redisClusterUrl')],
  ['PostgreSQL', async () => (await createDatabase(inject('postgresUrl'))).url],
];

describe.each(STORES)('on %s', (_name, connect) => {
  it('a client that is cut off again and again has each event once', async () => {
    const connection = await connect();
    const prefix = `resume-${process.pid}-${Math.random().toString(36).slice(2)}-${prefixes++}`;
    const one = open(connection, prefix, some);
    const producer = open(connection, prefix, some);
    const hosts = [one, open(connection, prefix, some)];
    const client: Client = { had: [], id: undefined };
    const expected: string[] = [];
    let isDone = false;
    await read(client, one.listen, () => client.id !== undefined);
    const add = async () => {
      for (let round = 0; round < 6; round++) {
        await Promise.all(
          some.map(async (queue, n) => {
            const id = `job-${round}-${n}`;
            expected.push(
              ...['added', 'waiting'].map((kind) => `${kind} ${JSON.stringify({ queue: queue.name, jobId: id })}`),
            );
            await producer.jobs.queue(queue).add(n, { id });
          }),
        );
      }
      isDone = true;
    };
    const adding = add();
    for (let turn = 0; !isDone || client.had.length < expected.length; turn++) {
      const upTo = client.had.length + 1 + (turn % 5) * 7;
      const isAll = () => isDone && client.had.length >= expected.length;
      await read(client, hosts[turn % 2]?.listen ?? one.listen, () => client.had.length >= upTo || isAll());
      // A process of the host ends, and another one takes its place.
      if (turn === 3) {
        const fresh = open(connection, prefix, some);
        await hosts[0]?.close();
        hosts[0] = fresh;
      }
    }
    await adding;
    expect([...client.had].sort()).toEqual([...expected].sort());
  });
});

it('an event takes fewer than 300 bytes with 500 queues, and one connection reads all of them', async () => {
  const prefix = `many-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const url = new URL(inject('redisUrl'));
  // A user of its own, by which its connections are known.
  url.username = prefix;
  url.password = 'secret';
  const redis = new Redis(inject('redisUrl'));
  closers.push(
    async () => redis.call('ACL', 'DELUSER', prefix),
    async () => redis.quit(),
  );
  closers.reverse();
  await redis.call('ACL', 'SETUSER', prefix, 'on', '>secret', '~*', '&*', '+@all');
  const connections = async () => String(await redis.call('CLIENT', 'LIST')).split(`user=${prefix} `).length - 1;
  const { jobs, listen } = open(url.href, prefix, queues);
  const clients: Client[] = Array.from({ length: 50 }, () => ({ had: [], id: undefined }));
  const abort = new AbortController();
  closers.push(async () => abort.abort());
  const readers = await Promise.all(clients.map(() => listen(undefined, abort.signal)));
  // One for what is asked, one that waits for events.
  expect(await connections()).toBe(2);
  const [reader = expect.fail('there is none')] = readers;
  await reader.read();
  // Queues that are written to in the same ms are named one by one: 40 of them fit.
  for (let n = 0; n < QUEUES; n += 20) {
    const some = queues.slice(n, n + 20);
    await Promise.all(some.map((queue, index) => jobs.queue(queue).add(n + index, { id: `job-${n + index}` })));
  }
  let text = '';
  while ((text.match(/^event: waiting/gm)?.length ?? 0) < QUEUES)
    text += (await reader.read()).value ?? expect.fail(text);
  const sizes = text.split('\n\n').map((block) => Buffer.byteLength(block) + 2);
  expect(Math.max(...sizes)).toBeLessThan(300);
});
