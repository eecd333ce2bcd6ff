/** What a job of the queue `alerts` does: it keeps the alert, and tells each of those who must act once. */
import { type Logger, PermanentError, ProcessorDefinitionError, silentLogger } from '@bizinsights/jobs-core';
import { createTestJobs, type TestJobs } from '@bizinsights/jobs-core/testing';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emailChannel } from './email-channel.js';
import { MemoryAlerts, MemoryMembers } from './fixtures/memory-alerts.js';
import { type AlertsProcessorOptions, alertsProcessor } from './processor.js';
import { type AlertJobInput, alertsQueue } from './queue.js';

const drop = {
  organizationId: 'acme',
  type: 'metric',
  severity: 'HIGH',
  source: 'insights',
  title: 'Revenue fell by 40 %',
  message: 'It was 1,200 EUR.\nThe median of Tuesdays is 2,000 EUR.',
  fingerprint: 'revenue',
} as const satisfies AlertJobInput;

let alerts: MemoryAlerts;
let members: MemoryMembers;
let lines: string[];
const open: TestJobs[] = [];

beforeEach(() => {
  alerts = new MemoryAlerts();
  members = new MemoryMembers();
  lines = [];
});
afterEach(async () => {
  for (const jobs of open.splice(0)) await jobs.close();
});

function openJobs(options: Partial<AlertsProcessorOptions> = {}) {
  const logged = (first: object | string, message?: string) => void lines.push(message ?? String(first));
  const logger: Logger = { ...silentLogger, warn: logged, error: logged, child: () => logger };
  const jobs = createTestJobs({
    queues: [alertsQueue, emailQueue],
    processors: [alertsProcessor({ alerts, members, ...options })],
    logger,
  });
  open.push(jobs);
  /** Adds a job, and runs it and its next attempts. */
  const raise = async (data: AlertJobInput, options: { readonly id?: string } = {}) => {
    const { id } = await jobs.queue(alertsQueue).add(data, options);
    await jobs.drain({ withDelayed: true });
    const job = await jobs.queue(alertsQueue).get(id);
    if (job?.state !== 'completed') throw new Error(`The job is ${job?.state}: ${job?.failedReason}`);
    return job.result;
  };
  const mails = () => jobs.enqueued(emailQueue).map(({ data }) => data);
  return { jobs, raise, mails, addresses: () => mails().map(({ to }) => to) };
}

describe('who is told', () => {
  it.each(['HIGH', 'CRITICAL'] as const)(
    'mails an alert of severity %s to owners and admins, in their language and zone',
    async (severity) => {
      const { raise, mails } = openJobs();
      expect(await raise({ ...drop, severity })).toEqual({ alertId: 'alert-1', outcome: 'created', recipients: 2 });
      const { title, message } = drop;
      const variables = {
        severity,
        title,
        message,
        occurredAt: new Date(alerts.now).toISOString(),
        organizationName: 'Acme',
      };
      const idempotencyKey = expect.stringMatching(/^alert-/);
      const mail = { template: 'alert-notification', organizationId: 'acme', idempotencyKey };
      expect(mails()).toEqual([
        {
          ...{ ...mail, to: 'ann@example.com', locale: 'de', timeZone: 'Europe/Berlin' },
          variables: { ...variables, reason: 'Sie erhalten diese E-Mail als Inhaber von Acme.' },
        },
        {
          ...{ ...mail, to: 'bob@example.com', locale: 'en', timeZone: 'Europe/London' },
          variables: { ...variables, reason: 'You get this as an admin of Acme.' },
        },
      ]);
    },
  );

  it.each(['LOW', 'MEDIUM'] as const)('keeps an alert of severity %s, and tells nobody', async (severity) => {
    const { raise, mails } = openJobs();
    expect(await raise({ ...drop, severity })).toEqual({ alertId: 'alert-1', outcome: 'created', recipients: 0 });
    expect(alerts.all).toMatchObject([{ severity, status: 'open', title: drop.title }]);
    expect(mails()).toEqual([]);
  });

  it('tells an address once that several owners and admins have, however it is written', async () => {
    members.people = [
      { email: ' Ann <ann@example.com> ', role: 'admin' },
      { email: 'ANN@example.com', role: 'owner' },
      { email: 'ann@example.com', role: 'admin' },
    ];
    const { raise, mails } = openJobs();
    expect(await raise(drop)).toMatchObject({ recipients: 1 });
    const reason = 'Sie erhalten diese E-Mail als Inhaber von Acme.';
    expect(mails()).toMatchObject([{ to: 'ANN@example.com', variables: { reason } }]);
  });

  it('leaves out addresses, zones and locales that are none, and tells the others', async () => {
    members.organization = { id: 'acme', name: 'Acme' };
    members.people = [
      { email: 'nobody', role: 'owner' },
      { email: '', role: 'owner' },
      { email: `${'a'.repeat(600)}@example.com`, role: 'owner' },
      { email: 'a@999.999.999.999', role: 'admin' },
      { email: 'ann@example.com', role: 'owner', timeZone: '+02:00', locale: 'not a locale' },
      { email: 'bob@example.com', role: 'admin', locale: 'fr-FR', timeZone: 'Europe/Paris' },
    ];
    const { raise, mails } = openJobs();
    expect(await raise(drop)).toMatchObject({ recipients: 2 });
    expect(mails().map(({ to, locale, timeZone }) => ({ to, locale, timeZone }))).toEqual([
      { to: 'ann@example.com' },
      { to: 'bob@example.com', timeZone: 'Europe/Paris' },
    ]);
  });

  it('says so in the log where there is nobody to tell', async () => {
    members.people = [{ email: 'cleo@example.com', role: 'member' }];
    const { raise } = openJobs();
    expect(await raise(drop)).toMatchObject({ outcome: 'created', recipients: 0 });
    expect(lines).toEqual([expect.stringContaining('no owner or admin of organization "acme"')]);
  });

  it('mails an alert about the system itself to the operators', async () => {
    const { organizationId: _, ...system } = drop;
    const { raise, mails } = openJobs({ operators: ['ops@example.com', 'OPS@example.com', 'Cy <cy@example.com>'] });
    expect(await raise(system)).toMatchObject({ recipients: 2 });
    expect(mails()).toMatchObject([{ to: 'ops@example.com' }, { to: 'cy@example.com' }]);
    expect(mails()[0]).not.toHaveProperty('organizationId');
    expect(mails()[0]?.variables).toMatchObject({ reason: 'You get this as an operator of this system.' });
    expect(mails()[0]?.variables).not.toHaveProperty('organizationName');
  });

  it('keeps an alert about the system where there are no operators', async () => {
    const { organizationId: _, ...system } = drop;
    const { raise, mails } = openJobs();
    expect(await raise(system)).toMatchObject({ outcome: 'created', recipients: 0 });
    expect(mails()).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('no operator to tell')]);
  });

  it('fails for good for an organization that there is not, and keeps nothing', async () => {
    const { jobs } = openJobs();
    const { id } = await jobs.queue(alertsQueue).add({ ...drop, organizationId: 'nobody' });
    await jobs.drain({ withDelayed: true });
    const job = await jobs.queue(alertsQueue).get(id);
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
    expect(job?.failedReason).toBe('There is no organization "nobody"');
    await expect(jobs.perform(alertsQueue, { ...drop, organizationId: 'nobody' })).rejects.toThrow(PermanentError);
    expect(alerts.all).toEqual([]);
  });
});

describe('how often', () => {
  it('tells nobody again while the alert is open, and everybody when it comes back after it was resolved', async () => {
    const { raise, addresses } = openJobs();
    await raise(drop);
    expect(await raise({ ...drop, severity: 'CRITICAL' })).toMatchObject({ outcome: 'repeated', recipients: 0 });
    expect(addresses()).toHaveLength(2);
    alerts.resolve();
    expect(await raise(drop)).toEqual({ alertId: 'alert-1', outcome: 'reopened', recipients: 2 });
    expect(addresses()).toEqual([...Array(2)].flatMap(() => ['ann@example.com', 'bob@example.com']));
    expect(alerts.all).toMatchObject([{ occurrences: 3, status: 'open' }]);
  });

  it('tells people when the severity of an open alert rises to HIGH', async () => {
    const { raise, addresses } = openJobs();
    await raise({ ...drop, severity: 'LOW' });
    expect(addresses()).toEqual([]);
    expect(await raise(drop)).toMatchObject({ outcome: 'repeated', recipients: 2 });
    expect(addresses()).toHaveLength(2);
  });

  it('takes a job with the id of an earlier one that is gone for another occurrence', async () => {
    const { jobs, raise } = openJobs();
    await raise(drop, { id: 'daily' });
    await jobs.queue(alertsQueue).remove('daily');
    expect(await raise(drop, { id: 'daily' })).toMatchObject({ outcome: 'repeated' });
    expect(alerts.all).toMatchObject([{ occurrences: 2 }]);
  });

  const once = <Name extends 'raise' | 'claim' | 'confirmSent'>(name: Name, when: 'before' | 'after') => {
    let left = 1;
    const original: (...given: never[]) => Promise<unknown> = alerts[name].bind(alerts);
    Object.assign(alerts, {
      [name]: async (...given: never[]) => {
        if (when === 'before' && left-- > 0) throw new Error('The connection was lost');
        const answer = await original(...given);
        if (when === 'after' && left-- > 0) throw new Error('The connection was lost');
        return answer;
      },
    });
  };

  it.each([
    ['raise', 'before'],
    ['raise', 'after'],
    ['claim', 'before'],
    ['claim', 'after'],
    ['confirmSent', 'before'],
    ['confirmSent', 'after'],
  ] as const)('counts once and mails once when the attempt is lost at `%s`, %s it is done', async (name, when) => {
    once(name, when);
    const { raise, jobs, addresses } = openJobs();
    expect(await raise(drop)).toEqual({ alertId: 'alert-1', outcome: 'created', recipients: 2 });
    expect(addresses()).toEqual(['ann@example.com', 'bob@example.com']);
    expect(alerts.all).toMatchObject([{ occurrences: 1 }]);
    expect(await jobs.queue(alertsQueue).counts()).toMatchObject({ completed: 1, failed: 0 });
  });

  it('mails once when the worker dies before the end of the attempt is known', async () => {
    const { jobs, addresses } = openJobs();
    await jobs.queue(alertsQueue).add(drop);
    await jobs.runAndLose(alertsQueue);
    await jobs.drain();
    expect(addresses()).toEqual(['ann@example.com', 'bob@example.com']);
    expect(alerts.all).toMatchObject([{ occurrences: 1 }]);
    const [job] = (await jobs.queue(alertsQueue).list({ state: 'completed' })).jobs;
    expect(job?.result).toMatchObject({ outcome: 'created', recipients: 2 });
  });
});

describe('which alerts are one', () => {
  const { fingerprint: _, ...plain } = drop;
  const labels = { metric: 'revenue', channel: 'web' };

  it('takes alerts of the same type, source, title and labels for one, whatever else they say', async () => {
    const { raise } = openJobs();
    await raise({ ...plain, labels });
    const again = {
      ...plain,
      labels: { channel: 'web', metric: 'revenue' },
      message: 'Another one.',
      severity: 'LOW',
    } as const;
    expect(await raise(again)).toMatchObject({ outcome: 'repeated' });
  });

  it.each([
    ['type', { type: 'integration' }],
    ['source', { source: 'data-sync' }],
    ['title', { title: 'Orders fell' }],
    ['labels', { labels: { metric: 'revenue' } }],
    ['fingerprint', { fingerprint: 'another' }],
  ])('takes those of another %s for two', async (_field, other) => {
    const { raise } = openJobs();
    await raise({ ...plain, labels });
    expect(await raise({ ...plain, labels, ...other })).toMatchObject({ outcome: 'created' });
  });
});

describe('the mail', () => {
  const link = ({ id }: { readonly id: string }) => `https://app.example.com/alerts/${id}`;
  const home = 'https://app.example.com';
  const wrongLink = (answer: string) => () => answer;

  it.each([
    ['the page that `link` gives', { channels: [emailChannel({ link })], dashboardUrl: home }, link({ id: 'alert-1' })],
    ['`dashboardUrl`', { dashboardUrl: home }, home],
    ['nothing where the host has no page', {}, undefined],
    [
      '`dashboardUrl` where `link` gives no address',
      { channels: [emailChannel({ link: wrongLink('javascript:alert(1)') })], dashboardUrl: home },
      home,
    ],
    [
      '`dashboardUrl` where `link` throws',
      {
        channels: [
          emailChannel({
            link: () => {
              throw new Error('no route');
            },
          }),
        ],
        dashboardUrl: home,
      },
      home,
    ],
  ])('leads to %s', async (_name, options, expected) => {
    const { raise, mails } = openJobs(options);
    expect(await raise(drop)).toMatchObject({ recipients: 2 });
    expect(mails().map(({ variables }) => variables)).toMatchObject([{}, {}]);
    for (const { variables } of mails()) {
      if (expected === undefined) expect(variables).not.toHaveProperty('dashboardUrl');
      else expect(variables).toMatchObject({ dashboardUrl: expected });
    }
    expect(lines).toHaveLength(_name.includes('where `link`') ? 1 : 0);
  });

  it('has odd texts as one line, and an empty message as the title', async () => {
    members.organization = { id: 'acme', name: `Acme\r\nBcc: eve@example.com ${'🙂'.repeat(400)}` };
    const { raise, mails } = openJobs();
    const title = 'Fell\r\nBcc: eve@example.com\u2028<b>x</b>\0';
    expect(await raise({ ...drop, title, message: '' })).toMatchObject({ recipients: 2 });
    const line = 'Fell Bcc: eve@example.com <b>x</b>';
    expect(mails()[0]?.variables).toMatchObject({ title: line, message: line });
    expect(await raise({ ...drop, fingerprint: '2', title: '\n', message: 'a\0b\tc\u0007' })).toMatchObject({
      recipients: 2,
    });
    expect(mails()[2]?.variables).toMatchObject({ title: 'metric', message: 'a b\tc' });
    expect(await raise({ ...drop, fingerprint: '3', title: '\n', type: '\0', message: '\r' })).toMatchObject({
      recipients: 2,
    });
    expect(mails()[4]?.variables).toMatchObject({ title: 'alert-3', message: 'alert-3' });
    expect(alerts.all).toMatchObject([{ title, message: '' }, { title: '\n', message: 'a\0b\tc\u0007' }, {}]);
  });
});

it('refuses options that cannot work', () => {
  const define = (options: Partial<AlertsProcessorOptions>) => () => alertsProcessor({ alerts, members, ...options });
  expect(define({ channels: [emailChannel(), emailChannel()] })).toThrow(/two of the `channels` are "email"/);
  expect(define({ operators: ['ann@example.com', 'nobody'] })).toThrow(/"nobody" in `operators`/);
  expect(define({ dashboardUrl: 'javascript:alert(1)' })).toThrow(ProcessorDefinitionError);
  expect(define({ dashboardUrl: '/alerts' })).toThrow(/`dashboardUrl` "\/alerts" is not an http or https address/);
  expect(define({ channels: [] })().enqueues).toEqual([]);
});
