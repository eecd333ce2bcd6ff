/** A store or a port of the host that gives something else than its type says: a clear reason with the place. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import type { Logger } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { afterEach, describe, expect, test } from 'vitest';
import { scheduleInsightsAfterSync } from './after-sync.js';
import type { DigestMembers } from './digest/members.js';
import { insightDigestProcessor } from './digest/processor.js';
import { CALENDAR, daysBefore, wiggle } from './fixtures/days.js';
import { wording } from './fixtures/language-model.js';
import { MemoryInsights, memoryMetrics } from './fixtures/memory-store.js';
import { modelNarrator } from './narrators/model-narrator.js';
import { addDays } from './periods.js';
import type { MetricDay, MetricSource } from './ports.js';
import { type InsightsProcessorOptions, insightsProcessor } from './processor.js';
import { insightDigestQueue, insightsQueue } from './queue.js';
import type { InsightReading } from './shown-insights.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Sales that fall to a third for three days. */
const shop = (age: number): Partial<MetricDay> => {
  const orders = Math.round(100 * (1 + 0.1 * wiggle(age)) * (age >= 5 && age <= 7 ? 0.33 : 1));
  return { orders, revenue: orders * 5_000 };
};

/** What is given in the place of what the type says. */
const answer = (given: unknown) => async () => JSON.parse(JSON.stringify(given ?? null));
const undefinedAnswer = async () => JSON.parse('{}').nothing;

type Methods = Readonly<Record<string, () => Promise<unknown>>>;

function storeWith(methods: Methods): MemoryInsights {
  return Object.assign(new MemoryInsights(), methods);
}

interface Given {
  readonly insights?: MemoryInsights;
  readonly source?: Partial<MetricSource>;
  readonly options?: Partial<InsightsProcessorOptions>;
}

function open({ insights = new MemoryInsights(), source = {}, options = {} }: Given) {
  const logged: string[] = [];
  const write = (...args: readonly unknown[]) => void logged.push(args.map(textOf).join(' '));
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], logger });
  const metrics = { ...memoryMetrics(shop), ...source };
  jobs.registerProcessor(insightsProcessor({ metrics, insights, now: jobs.clock.now, ...options }));
  cleanUp.push(() => jobs.close());
  async function run() {
    const { id } = await jobs.queue(insightsQueue).add({ organizationId: 'acme', period: '30d', force: true });
    await jobs.drain({ withDelayed: true });
    return await jobs.queue(insightsQueue).get(id);
  }
  return { jobs, insights, logged, run };
}

const textOf = (given: unknown) => (typeof given === 'string' ? given : JSON.stringify(given));

/** A row of `told`, as a store has it. */
const ROW = {
  topic: 'drop:revenue:2026-11-13',
  kind: 'drop',
  metric: 'revenue',
  impact: 'high',
  status: 'new',
  period: '30d',
  createdAt: Date.parse('2026-11-20'),
  evidence: {
    method: 'expected-range',
    unit: 'minor-units',
    window: { from: '2026-11-13', to: '2026-11-19' },
    value: 1,
    expected: 2,
  },
};
const changed = (fields: object) => [ROW, { ...ROW, ...fields }];
const withEvidence = (fields: object) => changed({ evidence: { ...ROW.evidence, ...fields } });

const WRONG: readonly (readonly [string, Methods, string])[] = [
  [
    'claim',
    { claim: answer(null) },
    '`claim` of the insights does not give what it has to: true or false, and not null',
  ],
  ['claim', { claim: answer('yes') }, 'true or false, and not "yes"'],
  ['claim', { claim: answer({ claimed: true }) }, 'true or false, and not an object'],
  ['save', { save: answer(null) }, '`save` of the insights does not give what it has to: a Map of ids by'],
  ['save', { save: answer({}) }, 'a Map of ids by their fingerprints, and not an object'],
  ['save', { save: undefinedAnswer }, 'a Map of ids by their fingerprints, and not undefined'],
  ['told', { told: answer(null) }, '`told` of the insights does not give what it has to: '],
  ['told', { told: undefinedAnswer }, '`told` of the insights does not give what it has to: '],
  ['told', { told: answer({ rows: [] }) }, 'expected array, received object'],
  ['told', { told: answer([ROW, null]) }, 'at place 1: Invalid input: expected object, received null'],
  ['told', { told: answer(changed({ topic: null })) }, 'at place 1: topic: '],
  ['told', { told: answer(changed({ createdAt: '1763596800000' })) }, 'at place 1: createdAt: '],
  ['told', { told: answer(changed({ createdAt: 1e300 })) }, 'at place 1: createdAt: '],
  ['told', { told: answer(changed({ period: '2d' })) }, 'at place 1: period: '],
  ['told', { told: answer(changed({ status: 'open' })) }, 'at place 1: status: '],
  ['told', { told: answer(changed({ evidence: null })) }, 'at place 1: evidence: '],
  ['told', { told: answer(changed({ evidence: JSON.stringify(ROW.evidence) })) }, 'at place 1: evidence: '],
  ['told', { told: answer(withEvidence({ window: undefined })) }, 'at place 1: evidence.window: '],
  ['told', { told: answer(withEvidence({ window: { from: 'x', to: 'y' } })) }, 'at place 1: evidence.window.from: '],
  ['told', { told: answer(withEvidence({ value: '1' })) }, 'at place 1: evidence.value: '],
  ['told', { told: answer(withEvidence({ parts: {} })) }, 'at place 1: evidence.parts: '],
  ['told', { told: answer(withEvidence({ parts: [null] })) }, 'at place 1: evidence.parts.0: '],
  ['told', { told: answer(withEvidence({ ahead: 'x' })) }, 'at place 1: evidence.ahead: '],
  ['mutes', { mutes: answer(null) }, '`mutes` of the insights does not give what it has to: '],
  ['mutes', { mutes: answer(['revenue']) }, 'at place 0: '],
  ['mutes', { mutes: answer([{ metric: 5 }]) }, 'at place 0: metric: '],
  ['votes', { votes: answer(null) }, '`votes` of the insights does not give what it has to: '],
  ['votes', { votes: answer([{ kind: 'drop', up: '3', down: 0 }]) }, 'at place 0: up: '],
  ['votes', { votes: answer([{ kind: 'drop', up: -5, down: 0 }]) }, 'at place 0: up: '],
  ['votes', { votes: answer([{ kind: 'drop', up: 1 }]) }, 'at place 0: down: '],
];

test.each(WRONG)('a wrong answer of %s fails the job at once (%#)', async (_name, methods, reason) => {
  const { run } = open({ insights: storeWith(methods) });
  const job = await run();
  expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
  expect(job?.failedReason).toContain(reason);
});

test('an id of save that is no text fails the job at once', async () => {
  const insights = new MemoryInsights();
  const save = insights.save.bind(insights);
  insights.save = async (run, found) => {
    const ids = await save(run, found);
    // As a database may number them.
    return new Map([...ids.keys()].map((key) => [key, JSON.parse('7')]));
  };
  const job = await open({ insights }).run();
  expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
  expect(job?.failedReason).toMatch(
    /`save` of the insights does not give what it has to: the id of \S+ is 7, and no text/,
  );
});

test.each(['claim', 'save', 'told', 'mutes', 'votes'])('%s that fails is tried again, with its error', async (name) => {
  const fails = async () => {
    throw new Error('lost');
  };
  const job = await open({ insights: storeWith({ [name]: fails }) }).run();
  expect(job).toMatchObject({ state: 'failed', attemptsMade: 3, failedReason: 'lost' });
});

test('what is null in the columns of a mute is not named, and a mute of nothing mutes nothing', async () => {
  const all = open({ insights: storeWith({ mutes: answer([{ metric: null, kind: null }]) }) });
  expect(await all.run()).toMatchObject({ state: 'completed' });
  expect(all.insights.kept.map(({ kind, metric }) => `${kind} ${metric}`)).toContain('drop revenue');
  const drops = open({ insights: storeWith({ mutes: answer([{ metric: null, kind: 'drop' }]) }) });
  expect(await drops.run()).toMatchObject({ state: 'completed' });
  expect(drops.insights.kept.map(({ kind }) => kind)).not.toContain('drop');
});

test('rows, mutes and votes of kinds that this version does not know change nothing', async () => {
  const kinds = { told: answer(changed({ kind: 'weather' })), mutes: answer([{ kind: 'weather' }]) };
  const votes = answer([{ kind: 'weather', up: 1, down: 2 }]);
  const { run, insights } = open({ insights: storeWith({ ...kinds, votes }) });
  expect(await run()).toMatchObject({ state: 'completed' });
  expect(insights.kept.length).toBeGreaterThan(0);
});

describe('days of a source', () => {
  const days = daysBefore(CALENDAR.today, 200, shop);
  const without = (age: number) => days.filter(({ day }) => day !== addDays(CALENDAR.today, -age));

  test.each<[string, readonly unknown[], string]>([
    ['a day is missing', without(40), '2026-10-15 is missing: each day up to 2026-11-23 is needed'],
    ['the last days are missing', days.slice(0, -3), '2026-11-21 is missing'],
    ['a day is there twice', [...days, ...days.slice(-1)], 'at place 200: day: 2026-11-23 is there twice'],
    ['a day is in no calendar', [{ ...days[0], day: '2026-02-30' }, ...days], 'day: 2026-02-30 is in no calendar'],
    ['a day is later in no calendar', [...days, { ...days[0], day: '2026-09-31' }], '2026-10-01 is missing'],
    ['texts for true and false', [{ ...days[0], isPartial: 'false' }], 'isPartial: it is neither true nor false'],
  ])('%s', async (_name, given, reason) => {
    const job = await open({ source: { daily: answer(given) } }).run();
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
    expect(job?.failedReason).toContain(reason);
  });

  test.each<[string, Partial<MetricSource>, RegExp]>([
    [
      'a zone',
      { calendar: answer({ ...CALENDAR, timeZone: 'Nowhere/Land' }) },
      /timeZone: there is no time zone "Nowhere/,
    ],
    ['a zone', { calendar: answer({ ...CALENDAR, timeZone: '' }) }, /timeZone: there is no time zone ""/],
    [
      'a range',
      { coverage: answer([{ integrationId: 'i', platform: 'p', unknown: [{ from: 'x', to: 'y' }] }]) },
      /`coverage` .*at place 0: unknown\.0\.from: /,
    ],
    [
      'a day',
      { coverage: answer([{ integrationId: 'i', platform: 'p', unknown: [], provisionalFrom: 'soon' }]) },
      /at place 0: provisionalFrom: /,
    ],
  ])('%s that is none', async (_name, source, reason) => {
    const job = await open({ source }).run();
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
    expect(job?.failedReason).toMatch(reason);
  });

  test('rows of a breakdown that are none are left out, and the log says how many', async () => {
    const rows = (share: number) => [
      { key: 7, currency: 'EUR', isPartial: false, orders: 70 * share },
      { key: { id: 1 }, currency: 'EUR', isPartial: false, orders: 70 },
      { key: 'tea', currency: 'EUR', isPartial: false, orders: '70' },
      { key: 'pots', label: 5, currency: 'EUR', isPartial: false, orders: 70 * share, revenue: 70 * 5_000 * share },
      { key: null, currency: 'EUR', isPartial: false, orders: 30, revenue: 30 * 5_000 },
    ];
    const source: Partial<MetricSource> = {
      breakdown: async (_organizationId, { from }) => answer(rows(from >= '2026-11-17' ? 0.1 : 1))(),
    };
    const { run, logged } = open({ source });
    expect(await run()).toMatchObject({ state: 'completed', attemptsMade: 1 });
    expect(logged).toContainEqual(
      expect.stringMatching(/Of the figures by \w+ 3 rows are left out: each needs a `key`/),
    );
  });
});

describe('the consent and the budget of a language model', () => {
  const model = () => wording(({ id }) => ({ id, title: 'Revenue fell', text: 'Revenue fell.' }));
  const settle = { settleTokens: async () => undefined };
  const consent = { isModelAllowed: async () => true, reserveTokens: async () => true, ...settle };

  test.each([
    ['a consent in quotes', { isModelAllowed: answer('false') }, '`isModelAllowed` gave \\"false\\": true or false'],
    ['a consent of 1', { isModelAllowed: answer(1) }, '`isModelAllowed` gave 1: true or false'],
    ['a consent that is missing', { isModelAllowed: undefinedAnswer }, '`isModelAllowed` gave undefined'],
    ['a reservation in quotes', { reserveTokens: answer('no') }, '`reserveTokens` gave "no", and not true or false'],
    ['a reservation of an object', { reserveTokens: answer({ ok: false }) }, '`reserveTokens` gave an object'],
  ])('%s sends nothing, and the log says why', async (_name, port, reason) => {
    const called = model();
    const narrator = modelNarrator({ model: called, consent: { ...consent, ...port } });
    const { run, logged, insights } = open({ options: { narrator } });
    expect(await run()).toMatchObject({ state: 'completed' });
    expect(called.doGenerateCalls).toEqual([]);
    expect(insights.kept.length).toBeGreaterThan(0);
    expect(logged).toContainEqual(expect.stringContaining(reason));
  });
});

test.each([
  [answer('1763596800000'), '`lastRun` of the insights does not give what it has to: '],
  [answer({ at: 1 }), 'expected number, received object'],
  [answer(1_795_000_000_000_000), 'is more than a day from now: milliseconds since 1970 are needed'],
])('a wrong answer of lastRun adds no run (%#)', async (lastRun, reason) => {
  const { jobs } = open({});
  const result = { streams: { orders: { records: 1, deleted: 0 } } };
  const given = { organizationId: 'acme', result, insights: { lastRun }, now: jobs.clock.now };
  await expect(scheduleInsightsAfterSync(jobs, given)).rejects.toThrow(reason);
  expect(jobs.enqueued(insightsQueue)).toEqual([]);
});

describe('the ports of a digest', () => {
  const organization = { id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin' };
  const insight = { id: 'i1', topic: 't', metric: 'revenue', title: 'T', text: 'T.', importance: 1 };
  const page = (createdAt: number) => ({ insights: [{ ...insight, createdAt }] });

  async function digest(members: Partial<DigestMembers>, list?: InsightReading['list']) {
    const jobs = createTestJobs({ queues: [insightDigestQueue, emailQueue] });
    cleanUp.push(() => jobs.close());
    const port: DigestMembers = {
      get: answer(organization),
      members: answer([{ email: 'ann@example.com', role: 'owner' }]),
      ...members,
    };
    const insights = { list: list ?? answer(page(jobs.clock.now())) };
    jobs.registerProcessor(insightDigestProcessor({ insights, members: port, now: jobs.clock.now }));
    const { id } = await jobs.queue(insightDigestQueue).add({ organizationId: 'acme' });
    await jobs.drain();
    return { job: await jobs.queue(insightDigestQueue).get(id), mails: jobs.enqueued(emailQueue) };
  }

  test.each<[string, Partial<DigestMembers>, InsightReading['list'] | undefined, string]>([
    ['an organization without a zone', { get: answer({ id: 'acme', name: 'A' }) }, undefined, '`get` of the members'],
    ['members that are no list', { members: answer({}) }, undefined, '`members` of the members does not give'],
    ['a member that is null', { members: answer([null]) }, undefined, 'at place 0: '],
    ['a page that is null', {}, answer(null), '`list` of the insights does not give what it has to'],
    ['insights that are no list', {}, answer({ insights: {} }), 'insights: Invalid input: expected array'],
    ['a title that is none', {}, answer({ insights: [{ ...insight, title: null }] }), 'insights.0.title: '],
    ['pages without end', {}, answer({ insights: [], cursor: 'again' }), 'cursor: "again" leads to itself'],
  ])('%s fails the job at once', async (_name, members, list, reason) => {
    const { job, mails } = await digest(members, list);
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
    expect(job?.failedReason).toContain(reason);
    expect(mails).toEqual([]);
  });

  test('who has no address gets no mail, and the others do', async () => {
    const people = [
      { email: null, role: 'owner' },
      { email: 'ann@example.com', role: 'admin' },
    ];
    const { job, mails } = await digest({ members: answer(people) });
    expect(job?.result).toEqual({ insights: 1, mails: 1 });
    expect(mails).toHaveLength(1);
  });
});
