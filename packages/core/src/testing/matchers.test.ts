import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from './test-jobs.js';

const mails = defineQueue({
  name: 'mails',
  schema: z.object({
    to: z.string(),
    copies: z.array(z.object({ address: z.string(), name: z.string().optional() })).default([]),
    sendAt: z.iso.datetime().optional(),
    token: z.string().optional(),
  }),
  result: z.object({ id: z.string(), size: z.number() }),
  redact: ['token'],
});
const logins = defineQueue({ name: 'logins', schema: z.object({ user: z.string() }) });

const jobs = createTestJobs({
  queues: [mails, logins],
  processors: [
    defineProcessor({
      queue: mails,
      process({ data, id }) {
        if (data.to.startsWith('bad')) throw new Error(`no such address: ${data.to} ${data.token ?? ''}`);
        return { id, size: 12 };
      },
    }),
  ],
});
afterEach(() => jobs.clear());

/** The message that a failing assertion shows. */
function messageOf(assert: () => void): string {
  try {
    assert();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('the assertion holds');
}

describe('toHaveEnqueued', () => {
  test('holds for a job with this part of its data, at any depth', async () => {
    await jobs.queue(mails).add({ to: 'ann', copies: [{ address: 'bob', name: 'Bob' }] });
    expect(jobs).toHaveEnqueued(mails);
    expect(jobs).toHaveEnqueued(mails, { to: 'ann' });
    expect(jobs).toHaveEnqueued(mails, { copies: [{ address: 'bob' }] });
    expect(jobs).not.toHaveEnqueued(mails, { copies: [] });
    expect(jobs).not.toHaveEnqueued(mails, { to: 'bob' });
    expect(jobs).not.toHaveEnqueued(logins);
  });

  test('takes asymmetric matchers, dates, and undefined for what is absent', async () => {
    await jobs.queue(mails).add({ to: 'ann', sendAt: '2026-01-01T00:00:00.000Z' });
    expect(jobs).toHaveEnqueued(mails, { to: expect.stringMatching(/^a/), copies: expect.any(Array) });
    expect(jobs).toHaveEnqueued(mails, expect.objectContaining({ to: 'ann' }));
    expect(jobs).toHaveEnqueued(mails, { token: undefined });
    expect(jobs).not.toHaveEnqueued(mails, { sendAt: undefined });
    const at = new Date('2026-01-01');
    await jobs.queue(logins).add({ user: at.toJSON() });
    expect(jobs).not.toHaveEnqueued(mails, { sendAt: new Date('2027-01-01').toJSON() });
  });

  test('compares options and counts', async () => {
    await jobs.queue(mails).add({ to: 'ann' }, { delay: 60_000, priority: 2, id: 'first' });
    await jobs.queue(mails).add({ to: 'ann' });
    expect(jobs).toHaveEnqueued(mails, { to: 'ann' }, { times: 2 });
    expect(jobs).toHaveEnqueued(mails, {}, { delay: 60_000, priority: 2, id: 'first', times: 1, state: 'delayed' });
    expect(jobs).toHaveEnqueued(mails, {}, { delay: 0, priority: 0, attempts: 3 });
    expect(jobs).not.toHaveEnqueued(mails, {}, { times: 1 });
    expect(jobs).toHaveEnqueued(logins, {}, { times: 0 });
  });

  test('does not compile with a field, or a value, that the queue does not have', () => {
    const compiled = () => {
      // @ts-expect-error: there is no such field
      expect(jobs).toHaveEnqueued(mails, { too: 'ann' });
      // @ts-expect-error: it is a text
      expect(jobs).toHaveEnqueued(mails, { to: 1 });
      // @ts-expect-error: there is no such option
      expect(jobs).toHaveEnqueued(mails, { to: 'ann' }, { delays: 1 });
    };
    expect(compiled).toBeTypeOf('function');
  });

  test('shows what was enqueued instead, and how the closest job differs', async () => {
    await jobs.queue(mails).add({ to: 'ann' }, { id: 'a1', delay: 60_000 });
    await jobs.queue(mails).add({ to: 'bob', copies: [{ address: 'cyd' }] }, { id: 'b1' });
    await jobs.queue(logins).add({ user: 'dan' });
    const message = messageOf(() =>
      expect(jobs).toHaveEnqueued(mails, { to: 'ann', copies: [{ address: 'cyd' }] }, { delay: 0 }),
    );
    expect(message).toMatchInlineSnapshot(`
      "expect(jobs).toHaveEnqueued("mails", {"to":"ann","copies":[{"address":"cyd"}]}, {"delay":0})

      None of the 2 jobs of queue "mails" is like that:
        a1  delayed, delay 60000 ms
          {"to":"ann","copies":[]}
        b1  waiting
          {"to":"bob","copies":[{"address":"cyd"}]}

      Closest is b1:
        data.to: expected "ann", was "bob"

      Other queues: logins 1"
    `);
  });

  test('shows an empty queue, and where jobs are', async () => {
    expect(messageOf(() => expect(jobs).toHaveEnqueued(mails))).toMatchInlineSnapshot(`
      "expect(jobs).toHaveEnqueued("mails")

      Queue "mails" was given no job."
    `);
    await jobs.queue(logins).add({ user: 'dan' });
    expect(messageOf(() => expect(jobs).toHaveEnqueued(mails, { to: expect.any(String) }))).toMatchInlineSnapshot(`
      "expect(jobs).toHaveEnqueued("mails", {"to":"<Any<String>>"})

      Queue "mails" was given no job.

      Other queues: logins 1"
    `);
  });

  test('shows what should not be there, and a wrong number', async () => {
    await jobs.queue(mails).add({ to: 'ann' }, { id: 'a1' });
    expect(messageOf(() => expect(jobs).not.toHaveEnqueued(mails, { to: 'ann' }))).toMatchInlineSnapshot(`
      "expect(jobs).not.toHaveEnqueued("mails", {"to":"ann"})

      Expected none, found 1 job:
        a1  waiting
          {"to":"ann","copies":[]}"
    `);
    expect(messageOf(() => expect(jobs).toHaveEnqueued(mails, { to: 'ann' }, { times: 2 }))).toMatchInlineSnapshot(`
      "expect(jobs).toHaveEnqueued("mails", {"to":"ann"}, {"times":2})

      Expected 2 jobs, found 1 job:
        a1  waiting
          {"to":"ann","copies":[]}"
    `);
  });

  test('shows ten jobs at most', async () => {
    await jobs.queue(mails).addMany(Array.from({ length: 13 }, (_, index) => ({ data: { to: `user-${index}` } })));
    const message = messageOf(() => expect(jobs).toHaveEnqueued(mails, { to: 'ann' }));
    expect(message).toContain('user-9');
    expect(message).not.toContain('user-10');
    expect(message).toContain('and 3 more');
  });

  test('hides what the queue redacts', async () => {
    await jobs.queue(mails).add({ to: 'ann', token: 'secret-1' });
    const message = messageOf(() => expect(jobs).toHaveEnqueued(mails, { to: 'ann', token: 'secret-2' }));
    expect(message).toContain('data.token: expected "[redacted]", was "[redacted]"');
    expect(message).not.toContain('secret');
  });

  test('needs jobs of createTestJobs, and a queue that they have', () => {
    expect(() => expect({}).toHaveEnqueued(mails)).toThrow('createTestJobs');
    const other = defineQueue({ name: 'other', schema: z.object({}) });
    expect(() => expect(jobs).toHaveEnqueued(other)).toThrow('Queue "other" is not registered');
  });
});

describe('toHaveCompleted', () => {
  test('holds for a job that has completed, with this part of its result', async () => {
    await jobs.queue(mails).add({ to: 'ann' }, { id: 'a1' });
    expect(jobs).not.toHaveCompleted(mails);
    await jobs.drain();
    expect(jobs).toHaveCompleted(mails, { to: 'ann' }, { result: { id: 'a1' }, times: 1 });
    expect(messageOf(() => expect(jobs).toHaveCompleted(mails, { to: 'ann' }, { result: { size: 13 } }))).toContain(
      'result.size: expected 13, was 12',
    );
  });
});

describe('toHaveFailed', () => {
  test('holds for a job that has failed for good, for this reason', async () => {
    await jobs.queue(mails).add({ to: 'bad', token: 'secret-1' }, { attempts: 2 });
    await jobs.drain();
    expect(jobs).not.toHaveFailed(mails);
    await jobs.drain({ withDelayed: true });
    expect(jobs).toHaveFailed(mails, { to: 'bad' }, { reason: 'no such address' });
    expect(jobs).toHaveFailed(mails, {}, { reason: /address: bad/ });
    const message = messageOf(() => expect(jobs).toHaveFailed(mails, {}, { reason: 'time' }));
    expect(message).toContain('reason: expected "time", was "no such address: bad [redacted]"');
    expect(message).not.toContain('secret');
  });
});
