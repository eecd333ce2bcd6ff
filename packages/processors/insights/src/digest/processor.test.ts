import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { afterEach, expect, test } from 'vitest';
import { insightDigestQueue } from '../contract/digest-queue.js';
import { findingOf } from '../fixtures/findings.js';
import type { InsightReading, ShownInsight } from '../shown-insights.js';
import type { DigestMembers } from './members.js';
import { type InsightDigestOptions, insightDigestProcessor } from './processor.js';
import { insightDigestSchedules } from './schedules.js';

/** Monday, 08:00 in Berlin. */
const NOW = Date.parse('2026-11-23T07:00:00Z');
const DAY = 86_400_000;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** An insight of some days before. */
function shown(topic: string, importance: number, age: number, changes: Partial<ShownInsight> = {}): ShownInsight {
  const { evidence, kind } = findingOf('drop', 'revenue', -0.4, '2026-11-20');
  return {
    ...{ id: `${topic}-${age}`, kind, metric: 'revenue', impact: 'high', status: 'new', topic, importance, evidence },
    ...{ title: `Title of ${topic}`, text: `Text of ${topic}.`, period: '30d', createdAt: NOW - age * DAY },
    ...changes,
  };
}

/** As `store.insights` lists them, two a page. */
function reading(insights: readonly ShownInsight[]): InsightReading {
  const sorted = insights.toSorted((one, other) => other.createdAt - one.createdAt);
  return {
    async list(organizationId, { since = 0, cursor = '0' }) {
      const all = organizationId === 'acme' ? sorted.filter(({ createdAt }) => createdAt >= since) : [];
      const end = Number(cursor) + 2;
      return { insights: all.slice(Number(cursor), end), ...(all.length > end ? { cursor: String(end) } : {}) };
    },
  };
}

const PEOPLE = [
  { email: 'Ann@example.com', role: 'owner' },
  { email: 'ben@example.com', role: 'admin' },
  { email: 'ann@example.com', role: 'admin' },
  { email: 'cleo@example.com', role: 'member' },
];

function membersOf(people: Awaited<ReturnType<DigestMembers['members']>> = PEOPLE, locale?: string): DigestMembers {
  const organization = { id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', ...(locale ? { locale } : {}) };
  return {
    get: async (id) => (id === 'acme' ? organization : undefined),
    members: async () => people,
  };
}

function open(insights: readonly ShownInsight[], options: Partial<InsightDigestOptions> = {}) {
  const jobs = createTestJobs({ queues: [insightDigestQueue, emailQueue], now: NOW });
  const members = membersOf();
  jobs.registerProcessor(
    insightDigestProcessor({ insights: reading(insights), members, now: jobs.clock.now, ...options }),
  );
  cleanUp.push(() => jobs.close());
  const run = async (organizationId = 'acme') => {
    const { id } = await jobs.queue(insightDigestQueue).add({ organizationId });
    await jobs.drain();
    const job = await jobs.queue(insightDigestQueue).get(id);
    return job?.result ?? job?.failedReason;
  };
  return { jobs, run, mails: () => jobs.enqueued(emailQueue) };
}

test('mails the most important insights of the week to owners and admins, of each topic the last', async () => {
  const week = Array.from({ length: 11 }, (_, index) => shown(`t${index}`, 0.1 + index / 100, 2));
  const insights = [
    ...week,
    shown('change', 0.9, 1, { title: 'It is worse', status: 'changed' }),
    shown('change', 0.95, 3),
    shown('old', 1, 8),
  ];
  const { run, mails } = open(insights, { link: (id) => `https://app.example.com/${id}/insights` });
  expect(await run()).toEqual({ insights: 10, mails: 2 });
  expect(mails().map(({ data }) => data.to)).toEqual(
    ['ann@example.com', 'ben@example.com'].map((to) => expect.stringMatching(new RegExp(to, 'i'))),
  );
  const titles = ['It is worse', ...[10, 9, 8, 7, 6, 5, 4, 3, 2].map((index) => `Title of t${index}`)];
  expect(mails()[0]?.data).toEqual({
    template: 'insights-digest',
    to: expect.any(String),
    organizationId: 'acme',
    locale: 'en',
    idempotencyKey: mails()[0]?.id,
    variables: {
      period: expect.stringMatching(/^16\s*–\s*22 November 2026$/),
      organizationName: 'Acme',
      insights: titles.map((title) => expect.objectContaining({ title })),
      more: 2,
      dashboardUrl: 'https://app.example.com/acme/insights',
    },
  });
});

test('a week without insights has no mail, nor has an organization without somebody to send it to', async () => {
  const nothing = open([shown('old', 1, 8)]);
  expect(await nothing.run()).toEqual({ skipped: 'nothing' });
  expect(nothing.mails()).toEqual([]);
  const members = membersOf([
    { email: 'cleo@example.com', role: 'member' },
    { email: 'nowhere', role: 'owner' },
  ]);
  expect(await open([shown('a', 1, 1)], { members }).run()).toEqual({ skipped: 'no-recipients' });
  expect(await open([]).run('nobody')).toBe('There is no organization "nobody"');
});

test('each person gets one mail a week, whatever is lost or run again, and the next in the next week', async () => {
  const { jobs, run, mails } = open([shown('a', 1, 1), shown('b', 1, -6)]);
  await jobs.queue(insightDigestQueue).add({ organizationId: 'acme' });
  await jobs.runAndLose(insightDigestQueue);
  await jobs.drain();
  expect(mails()).toHaveLength(2);
  jobs.clock.advance(6 * DAY);
  expect(await run()).toEqual({ insights: 2, mails: 2 });
  expect(new Set(mails().map(({ data }) => data.idempotencyKey)).size).toBe(2);
  jobs.clock.advance(DAY);
  await run();
  expect(new Set(mails().map(({ data }) => data.idempotencyKey)).size).toBe(4);
});

test('is in the language of the organization, with the week of its zone', async () => {
  const german = open([shown('a', 1, 1)], { members: membersOf(PEOPLE, 'de-AT') });
  await german.run();
  expect(german.mails()[0]?.data).toMatchObject({
    locale: 'de',
    variables: { period: expect.stringMatching(/^16\.\s*–\s*22\. November 2026$/) },
  });
  const odd = open([shown('a', 1, 1)], { members: membersOf(PEOPLE, 'no locale') });
  await odd.run();
  expect(odd.mails()[0]?.data).toMatchObject({ locale: 'en' });
});

test('hostile texts and links can neither break the mail nor its job', async () => {
  const title = `\u0000Sale\r\nBcc: x@example.com ${'x'.repeat(400)}`;
  const insights = [
    shown('a', 1, 1, { title, text: `\u0007${'y'.repeat(9_000)}` }),
    shown('b', 0.5, 1, { title: '', text: '' }),
  ];
  for (const link of [
    () => 'javascript:alert(1)',
    () => JSON.parse('{"no":"link"}'),
    () => {
      throw new Error('no link');
    },
  ]) {
    const { run, mails } = open(insights, { link });
    expect(await run()).toEqual({ insights: 2, mails: 2 });
    const { variables } = JSON.parse(JSON.stringify(mails()[0]?.data));
    expect(variables).not.toHaveProperty('dashboardUrl');
    expect(variables.insights[0].title).toMatch(/^Sale Bcc: x@example.com x+…$/);
    expect(variables.insights[0].text).toHaveLength(2_000);
    expect(variables.insights[1]).toEqual({ title: 'revenue', text: 'revenue' });
  }
});

test('each organization has its Monday morning', async () => {
  const zones: Readonly<Record<string, string>> = {
    acme: 'Europe/Berlin',
    rival: 'America/New_York',
    odd: 'Nowhere/Land',
  };
  const organizations = {
    async *ids() {
      yield* Object.keys(zones);
    },
    get: async (id: string) => ({ timeZone: zones[id] ?? 'UTC' }),
  };
  const { jobs } = open([], { schedules: () => insightDigestSchedules({ organizations }) });
  await jobs.startWorker();
  const { schedules } = await jobs.scheduler.list({ queue: insightDigestQueue });
  expect(Object.fromEntries(schedules.map(({ key, next }) => [key, next && new Date(next).toISOString()]))).toEqual({
    'insight-digest:acme': '2026-11-30T07:00:00.000Z',
    'insight-digest:rival': '2026-11-23T13:00:00.000Z',
    'insight-digest:odd': '2026-11-23T08:00:00.000Z',
  });
});
