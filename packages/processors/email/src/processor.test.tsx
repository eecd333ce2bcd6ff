import {
  ConfigError,
  createJobs,
  defineQueue,
  ProcessorDefinitionError,
  QueueName,
  silentLogger,
} from '@bizinsights/jobs-core';
import { createTestJobs, type TestJobs } from '@bizinsights/jobs-core/testing';
import type {} from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import type { EmailTransport } from './ports.js';
import { emailProcessor } from './processor.js';
import { defineEmailQueue, type EmailQueue, emailQueue } from './queue.js';
import { type MailServer, startMailServer } from './testing/mail-server.js';
import { type ResendServer, startResendServer } from './testing/resend-server.js';
import { resendTransport } from './transports/resend.js';
import { smtpTransport } from './transports/smtp.js';

const from = 'BizInsights <no-reply@example.com>';
const variables = { name: 'Ann', productName: 'BizInsights', dashboardUrl: 'https://app.example.com' };
const single = { template: 'welcome', to: 'ann@example.com', variables } as const;
const batch = (count: number) =>
  ({
    template: 'welcome',
    messages: Array.from({ length: count }, (_, index) => ({ to: `user${index}@example.com`, variables })),
  }) as const;

let resend: ResendServer;
let smtp: MailServer;
const cleanUp: (() => Promise<void>)[] = [];
beforeEach(async () => {
  [resend, smtp] = await Promise.all([startResendServer(), startMailServer()]);
});
afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
  await Promise.all([resend.close(), smtp.close()]);
});

function open(transport: EmailTransport): TestJobs<readonly [EmailQueue]> {
  const jobs = createTestJobs({ queues: [emailQueue], processors: [emailProcessor({ transport, from })] });
  cleanUp.push(() => jobs.close());
  return jobs;
}
const byResend = () => open(resendTransport({ apiKey: resend.apiKey, baseUrl: resend.url }));
const bySmtp = () => open(smtpTransport({ url: smtp.url }));
const keys = () => resend.requests.map(({ idempotencyKey }) => idempotencyKey);

describe('a mail', () => {
  it('is rendered from its template and sent', async () => {
    const jobs = byResend();
    const { id } = await jobs.queue(emailQueue).add({ ...single, cc: 'Bob <bob@müller.example>' });
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(resend.sent).toMatchObject([
      {
        from,
        to: ['ann@example.com'],
        cc: ['Bob <bob@xn--mller-kva.example>'],
        subject: 'Welcome to BizInsights, Ann',
        html: expect.stringContaining('Hello Ann,'),
        text: expect.stringContaining('Hello Ann,'),
      },
    ]);
    expect(keys()).toEqual([`email-sending/${id}`]);
    expect(await jobs.queue(emailQueue).waitFor(id)).toEqual({ sent: 1, ids: [expect.any(String)], rejected: [] });
  });

  it('may have its own sender, subject, address for answers and attachments', async () => {
    const jobs = byResend();
    await jobs.queue(emailQueue).add({
      ...single,
      from: 'ann@mail.example.com',
      subject: 'Mine',
      replyTo: ['a@example.com', 'b@example.com'],
      attachments: [{ filename: 'a.txt', content: 'aGVsbG8=' }],
    });
    await jobs.drain();
    expect(resend.sent).toMatchObject([
      {
        from: 'ann@mail.example.com',
        subject: 'Mine',
        reply_to: ['a@example.com', 'b@example.com'],
        attachments: [{ filename: 'a.txt', content: 'aGVsbG8=' }],
      },
    ]);
  });

  it('has the extra headers of its job', async () => {
    const jobs = bySmtp();
    await jobs.queue(emailQueue).add({ ...single, headers: { 'Auto-Submitted': 'auto-generated' } });
    await jobs.drain();
    expect(smtp.received[0]?.mail.headers).toContainEqual(
      expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }),
    );
  });

  it('is sent once, also when the answer was lost and the job is tried again', async () => {
    const jobs = byResend();
    resend.faults.push('lose-answer');
    await jobs.queue(emailQueue).add(single);
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 1, retried: 1 });
    expect(resend.requests).toHaveLength(2);
    expect(resend.sent).toHaveLength(1);
  });

  it('with a key of its own is sent once, though its job is gone and it is added again', async () => {
    const jobs = bySmtp();
    const keyed = { ...single, idempotencyKey: 'order-7' };
    const add = (data: typeof keyed) =>
      jobs.queue(emailQueue).add(data, { id: 'order-7', retention: { completed: { count: 0 } } });
    const { id } = await add(keyed);
    await jobs.runAndLose(emailQueue);
    await jobs.drain();
    expect(await jobs.queue(emailQueue).get(id)).toBeUndefined();
    await add(keyed);
    await add(keyed);
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    const other = await jobs.queue(emailQueue).add(keyed);
    await jobs.drain();
    expect(await jobs.queue(emailQueue).waitFor(other.id)).toEqual({
      sent: 1,
      ids: [expect.any(String)],
      rejected: [],
    });
    expect(smtp.received).toHaveLength(1);
    // The id alone is no key.
    await jobs.queue(emailQueue).add(single, { id: 'order-7' });
    await jobs.queue(emailQueue).add({ ...keyed, idempotencyKey: 'order-8' });
    jobs.clock.advance(30 * 86_400_000 + 1);
    await jobs.queue(emailQueue).add(keyed);
    await jobs.drain();
    expect(smtp.received).toHaveLength(4);
  });

  it('whose acceptance was kept is not sent again after a crash, by a server that cannot tell either', async () => {
    const jobs = bySmtp();
    await jobs.queue(emailQueue).add(single);
    await jobs.runAndLose(emailQueue);
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(smtp.received).toHaveLength(1);
  });

  it('refused for good fails at once, with the reason', async () => {
    const jobs = bySmtp();
    smtp.recipients.set('ann@example.com', { code: 550, text: '5.1.1 No such user' });
    await jobs.queue(emailQueue).add(single);
    expect(await jobs.drain()).toMatchObject({ failed: 1, retried: 0 });
    expect(jobs.enqueued(emailQueue)).toMatchObject([
      { failedReason: expect.stringMatching(/^Nothing was sent\. ann@example\.com: 550 5\.1\.1/) },
    ]);
  });
});

describe('a batch', () => {
  it('goes out by hundreds, each with a key of its own, and tells how far it is', async () => {
    const jobs = byResend();
    const progress: unknown[] = [];
    jobs.events.on('job:progress', (event) => progress.push(event.progress));
    const { id } = await jobs.queue(emailQueue).add({ ...batch(250), subject: 'All' });
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(resend.requests).toEqual([
      { path: '/emails/batch', idempotencyKey: `email-sending/${id}/0`, mails: 100 },
      { path: '/emails/batch', idempotencyKey: `email-sending/${id}/100`, mails: 100 },
      { path: '/emails/batch', idempotencyKey: `email-sending/${id}/200`, mails: 50 },
    ]);
    expect(progress).toEqual([100, 200, 250].map((done) => ({ done, total: 250 })));
    expect(new Set(resend.sent.flatMap(({ to }) => to)).size).toBe(250);
    expect(resend.sent.every(({ subject }) => subject === 'All')).toBe(true);
    const { sent, ids } = await jobs.queue(emailQueue).waitFor(id);
    expect({ sent, ids: ids.length }).toEqual({ sent: 250, ids: 100 });
  });

  it('is written in the language and the zone of each receiver, and shows the brand of the processor', async () => {
    const brand = { name: 'Acme Analytics', color: '#0f766e' };
    const transport = smtpTransport({ url: smtp.url });
    const jobs = createTestJobs({ queues: [emailQueue], processors: [emailProcessor({ transport, from, brand })] });
    cleanUp.push(() => jobs.close());
    const dashboardUrl = 'https://app.example.com';
    const occurredAt = '2026-11-05T14:00:00Z';
    const alert = { severity: 'HIGH', title: 'a', message: 'b', occurredAt, dashboardUrl } as const;
    await jobs.queue(emailQueue).add({
      template: 'alert-notification',
      locale: 'de',
      timeZone: 'Europe/Berlin',
      messages: [
        { to: 'ann@example.com', variables: alert },
        { to: 'bob@example.com', variables: alert, locale: 'en', timeZone: 'America/New_York' },
      ],
    });
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(smtp.received.map(({ mail }) => mail.subject)).toEqual(['Hoch: a', 'High: a']);
    const [ann, bob] = smtp.received.map(({ mail }) => mail);
    expect(ann?.text).toContain('15:00 Uhr (MEZ)');
    expect(ann?.text).toContain('Gesendet von Acme Analytics');
    expect(ann?.html).toContain('background-color:#0f766e');
    expect(bob?.text).toContain('09:00 GMT-5');
    expect(bob?.text).toContain('Sent by Acme Analytics');
  });

  it('has extra headers for all of its mails, and others for each', async () => {
    const jobs = byResend();
    const [first, second] = batch(2).messages;
    if (!first || !second) throw new Error('two mails');
    await jobs.queue(emailQueue).add({
      template: 'welcome',
      headers: { Precedence: 'bulk', 'X-Entity-Ref-ID': 'all' },
      messages: [first, { ...second, headers: { 'X-Entity-Ref-ID': 'mine' } }],
    });
    await jobs.drain();
    expect(resend.sent.map(({ headers }) => headers)).toEqual([
      { Precedence: 'bulk', 'X-Entity-Ref-ID': 'all' },
      { Precedence: 'bulk', 'X-Entity-Ref-ID': 'mine' },
    ]);
  });

  it('goes on after the last batch that was sent, and sends none twice', async () => {
    const jobs = byResend();
    // The first request passes, the second is carried out and its answer lost; asked again it passes, the third fails.
    resend.faults.push('none', 'lose-answer', 'none', { status: 500 });
    const { id } = await jobs.queue(emailQueue).add(batch(300));
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 1, retried: 2 });
    const key = (first: number) => `email-sending/${id}/${first}`;
    expect(keys()).toEqual([key(0), key(100), key(100), key(200), key(200)]);
    expect(resend.sent).toHaveLength(300);
  });

  it('is not held up by addresses that are refused: the result names them', async () => {
    const jobs = byResend();
    const { messages } = batch(3);
    const [first, , third] = messages;
    if (!first || !third) throw new Error('three mails');
    const refused = { to: ['invalid@example.com', 'x@example.com'], variables };
    const { id } = await jobs.queue(emailQueue).add({ template: 'welcome', messages: [first, refused, third] });
    await jobs.drain();
    const rejected = [{ to: 'invalid@example.com, x@example.com', reason: 'Invalid `to` field.' }];
    expect(await jobs.queue(emailQueue).waitFor(id)).toMatchObject({ sent: 2, rejected });
    expect((await jobs.queue(emailQueue).logs(id)).lines).toEqual([
      expect.stringContaining('Resend refused: invalid@'),
    ]);
  });

  it('of which nothing is accepted fails at once, and names the first ones', async () => {
    const jobs = byResend();
    const messages = Array.from({ length: 8 }, (_, index) => ({ to: `invalid${index}@example.com`, variables }));
    const { id } = await jobs.queue(emailQueue).add({ template: 'welcome', messages });
    expect(await jobs.drain()).toMatchObject({ failed: 1, retried: 0 });
    expect((await jobs.queue(emailQueue).get(id))?.failedReason).toMatch(
      /^Nothing was sent\. invalid0@example\.com: Invalid `to` field\.; .*invalid4.*; and 3 more$/,
    );
  });

  it('by SMTP goes out mail after mail, and goes on after the last one', async () => {
    const jobs = bySmtp();
    smtp.recipients.set('user2@example.com', { code: 450, text: '4.2.0 Greylisted' });
    const { id } = await jobs.queue(emailQueue).add(batch(5));
    expect(await jobs.drain()).toMatchObject({ retried: 1 });
    expect(smtp.received).toHaveLength(2);
    smtp.recipients.clear();
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 1 });
    expect(smtp.received.flatMap(({ envelope }) => envelope.to)).toEqual(batch(5).messages.map(({ to }) => to));
    expect(await jobs.queue(emailQueue).waitFor(id)).toMatchObject({ sent: 5 });
  });
});

describe('a provider that says', () => {
  it('"slow down" is asked again when it said, and no attempt is used up', async () => {
    const jobs = byResend();
    const slow = { status: 429, name: 'rate_limit_exceeded', headers: { 'retry-after': '2' } };
    resend.faults.push(slow, slow, slow, slow, slow);
    const { id } = await jobs.queue(emailQueue).add(single, { attempts: 1 });
    const started = jobs.clock.now();
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 1, delayed: 5, failed: 0 });
    expect(jobs.clock.now() - started).toBeGreaterThanOrEqual(10_000);
    expect(await jobs.queue(emailQueue).get(id)).toMatchObject({ attemptsMade: 1 });
    expect(resend.sent).toHaveLength(1);
  });

  it('"wrong key" ends the job at once, with a reason that holds no secret', async () => {
    const apiKey = 're_wrong_9a7b';
    const jobs = open(resendTransport({ apiKey, baseUrl: resend.url }));
    const invitationUrl = 'https://app.example.com/join/secret-token';
    const { id } = await jobs.queue(emailQueue).add({
      template: 'team-invitation',
      to: 'ann@example.com',
      variables: { inviterName: 'Bob', organizationName: 'Acme', invitationUrl },
    });
    expect(await jobs.drain()).toMatchObject({ failed: 1, retried: 0 });
    const job = await jobs.queue(emailQueue).get(id);
    expect(job?.failedReason).toBe('Resend answered 403 invalid_api_key: API key is invalid.');
    expect(JSON.stringify(job?.stacktrace)).not.toContain(apiKey);
  });

  it('a redacted variable in its answer does not get it into the reason of the failure', async () => {
    const jobs = byResend();
    const invitationUrl = 'https://app.example.com/join/secret-token';
    resend.faults.push({ status: 422, name: 'validation_error', message: `Bad link ${invitationUrl}` });
    const { id } = await jobs.queue(emailQueue).add({
      template: 'team-invitation',
      to: 'ann@example.com',
      variables: { inviterName: 'Bob', organizationName: 'Acme', invitationUrl },
    });
    await jobs.drain();
    expect((await jobs.queue(emailQueue).get(id))?.failedReason).toBe(
      'Resend answered 422 validation_error: Bad link [redacted]',
    );
  });

  it('nothing until the time limit is over is asked again', async () => {
    const jobs = byResend();
    resend.faults.push('hang');
    await jobs.queue(emailQueue).add(single, { timeout: 2_000 });
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ retried: 1, completed: 1 });
    expect(resend.sent).toHaveLength(1);
  });
});

it('with a real worker, a provider that allows two requests a second gets every mail through, each in one attempt', async () => {
  const jobs = createJobs({
    connection: inject('redisUrl'),
    prefix: `email-${process.pid}`,
    queues: [emailQueue],
    logger: silentLogger,
    environment: {},
  });
  cleanUp.push(() => jobs.close());
  resend.limit = 2;
  const transport = resendTransport({ apiKey: resend.apiKey, baseUrl: resend.url });
  jobs.registerProcessor(emailProcessor({ transport, from }));
  await jobs.startWorker({ handleSignals: false });
  const queue = jobs.queue(emailQueue);
  const added = await queue.addMany(Array(6).fill({ data: single, options: { attempts: 1 } }));
  for (const { id } of added) {
    expect(await queue.waitFor(id)).toMatchObject({ sent: 1 });
    expect(await queue.get(id)).toMatchObject({ attemptsMade: 1 });
  }
  expect(resend.sent).toHaveLength(6);
  expect(resend.requests.length).toBeGreaterThan(6);
});

it('an alert that was enqueued before the upgrade, with the variables of version 1, is sent after it', async () => {
  const store = {
    connection: inject('redisUrl'),
    prefix: `email-upgrade-${process.pid}`,
    logger: silentLogger,
    environment: {},
  };
  const before = defineQueue({ name: QueueName.EmailSending, schema: z.looseObject({}) });
  const earlier = createJobs({ ...store, queues: [before] });
  cleanUp.push(() => earlier.close());
  const { id } = await earlier.queue(before).add({
    template: 'alert-notification',
    to: 'ann@example.com',
    variables: {
      alertName: 'Revenue fell',
      severity: 'critical',
      metric: 'Revenue',
      value: 1,
      threshold: 2,
      occurredAt: '2026-11-05T14:00:00Z',
    },
  });
  const jobs = createJobs({ ...store, queues: [emailQueue] });
  cleanUp.push(() => jobs.close());
  jobs.registerProcessor(emailProcessor({ transport: smtpTransport({ url: smtp.url }), from }));
  await jobs.startWorker({ handleSignals: false });
  expect(await jobs.queue(emailQueue).waitFor(id)).toMatchObject({ sent: 1 });
  expect(smtp.received[0]?.mail).toMatchObject({
    subject: 'Critical: Revenue fell',
    text: expect.stringContaining('Revenue is at 1, the threshold is 2.'),
  });
});

describe('the sender', () => {
  const transport: EmailTransport = {
    name: 'none',
    maxBatch: 1,
    send: async ([mail]) => ({ ids: [mail?.from.address ?? ''], rejected: [] }),
  };

  it('is EMAIL_FROM where none is given', async () => {
    const processor = emailProcessor({ transport, environment: { EMAIL_FROM: 'Biz <env@example.com>' } });
    const jobs = createTestJobs({ queues: [emailQueue], processors: [processor] });
    cleanUp.push(() => jobs.close());
    expect(await jobs.perform(emailQueue, single)).toMatchObject({ ids: ['env@example.com'] });
  });

  it('that is missing or no address keeps the worker from starting', async () => {
    for (const environment of [{}, { EMAIL_FROM: 'nobody' }]) {
      const start = async () => emailProcessor({ transport, environment }).start?.();
      await expect(start()).rejects.toThrow(ConfigError);
      await expect(start()).rejects.toThrow(/EMAIL_FROM/);
    }
    expect(() => emailProcessor({ transport, from: 'nobody' })).toThrow(ConfigError);
  });
});

describe('templates of the host', () => {
  const queue = defineEmailQueue({
    templates: { 'order-shipped': z.object({ orderId: z.string(), carrier: z.string().default('DHL') }) },
  });
  const orderShipped = {
    subject: ({ orderId }: { orderId: string }) => `Order ${orderId}`,
    component: ({ orderId, carrier }: { orderId: string; carrier: string }) => (
      <p>
        {orderId} by {carrier}
      </p>
    ),
  };
  const transport = () => resendTransport({ apiKey: resend.apiKey, baseUrl: resend.url });

  it('are sent like the built-in ones, which may look otherwise', async () => {
    const processor = emailProcessor({
      queue,
      transport: transport(),
      from,
      templates: {
        'order-shipped': orderShipped,
        welcome: { subject: ({ name }) => `Hi ${name}`, component: ({ name }) => <b>{name}</b> },
      },
    });
    const jobs = createTestJobs({ queues: [queue], processors: [processor] });
    cleanUp.push(() => jobs.close());
    await jobs.queue(queue).add({ template: 'order-shipped', to: 'ann@example.com', variables: { orderId: '7' } });
    await jobs.queue(queue).add(single);
    await jobs.drain();
    expect(resend.sent).toMatchObject([
      { subject: 'Order 7', text: '7 by DHL' },
      { subject: 'Hi Ann', text: 'Ann' },
    ]);
  });

  it('name themselves when they fail', async () => {
    const failing = () => {
      throw new TypeError("Cannot read properties of undefined (reading 'toFixed')");
    };
    const templates = { 'order-shipped': { ...orderShipped, component: failing } };
    const processor = emailProcessor({ queue, transport: transport(), from, templates });
    const jobs = createTestJobs({ queues: [queue], processors: [processor] });
    cleanUp.push(() => jobs.close());
    const mail = { template: 'order-shipped', to: 'ann@example.com', variables: { orderId: '7' } } as const;
    const { id } = await jobs.queue(queue).add(mail, { attempts: 1 });
    await jobs.drain();
    expect((await jobs.queue(queue).get(id))?.failedReason).toBe(
      'The template "order-shipped" has failed: Cannot read properties of undefined (reading \'toFixed\')',
    );
  });

  it('do not compile, and are refused, without their component', () => {
    // @ts-expect-error no templates at all
    expect(() => emailProcessor({ queue, transport: transport(), from })).toThrow(ProcessorDefinitionError);
    // @ts-expect-error not that one
    expect(() => emailProcessor({ queue, transport: transport(), from, templates: {} })).toThrow(/"order-shipped"/);
    emailProcessor({
      queue,
      transport: transport(),
      from,
      // @ts-expect-error a component of other variables
      templates: { 'order-shipped': { ...orderShipped, component: ({ order }: { order: number }) => <p>{order}</p> } },
    });
  });

  it('need the queue that knows them', () => {
    const jobs = createJobs({ connection: 'memory:', queues: [queue], logger: silentLogger, environment: {} });
    cleanUp.push(() => jobs.close());
    // @ts-expect-error a processor of the queue without them
    jobs.registerProcessor(emailProcessor({ transport: transport(), from }));
  });
});
