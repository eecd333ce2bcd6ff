import { ProcessorDefinitionError } from '@bizinsights/jobs-core';
import { createTestJobs, type TestJobs } from '@bizinsights/jobs-core/testing';
import { AccessLostError } from '@bizinsights/jobs-platforms';
import { describe, expect, test, vi } from 'vitest';
import { entry, LedgerServer, ledger } from './fixtures/ledger.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { type DataSyncProcessorOptions, dataSyncProcessor } from './processor.js';
import { type DataSyncJobInput, dataSyncQueue } from './queue.js';

/** Two accounts on the ledger, 25 and 5 entries a stream, and jobs that sync them. */
function open(options: Partial<DataSyncProcessorOptions> = {}) {
  const server = new LedgerServer();
  const store = new MemoryStore();
  for (const [account, count] of Object.entries({ large: 25, small: 5 })) {
    server.fill(account, count);
    store.add(account);
  }
  const processor = dataSyncProcessor({
    platforms: [ledger],
    integrations: store,
    sink: store,
    http: server,
    now: () => 1_000,
    // A run of its own would come in between, at the full hour.
    schedules: false,
    ...options,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  const sync = async (integrationId: string, data: Omit<DataSyncJobInput, 'integrationId'> = {}) => {
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId, ...data });
    await jobs.drain({ withDelayed: true });
    return jobOf(jobs, id);
  };
  return { server, store, jobs, sync };
}

function jobOf(jobs: TestJobs, id: string) {
  const job = jobs.enqueued(dataSyncQueue).find((one) => one.id === id);
  if (!job) return expect.fail(`job ${id} is gone`);
  return job;
}

const counts = (pages: number, records: number) => ({ pages, records, rejected: 0, deleted: 0 });

describe('a sync', () => {
  test('reads every stream to its end, page by page, and says so', async () => {
    const { server, store, sync } = open();
    const job = await sync('large');
    expect(job).toMatchObject({ state: 'completed', progress: { done: 25, total: 25, message: 'companies: 3 pages' } });
    expect(job.result).toEqual({ streams: { people: counts(3, 25), companies: counts(3, 25) } });
    expect(store.records.size).toBe(50);
    expect(store.outcomes).toEqual([{ id: 'large', outcome: { kind: 'synced', at: 1_000 } }]);
    expect(server.requests).toHaveLength(6);
  });

  test('reads afterwards what is new or changed, or everything when asked to', async () => {
    const { server, store, sync } = open();
    await sync('large');
    server.entries.get('large')?.splice(3, 1, entry(3, 100));
    expect((await sync('large', { streams: ['people'] })).result).toEqual({ streams: { people: counts(1, 2) } });
    expect(store.records.get('large people 3')?.updatedAt).toBe(100);
    expect((await sync('large', { mode: 'full' })).result).toEqual({
      streams: { people: counts(3, 25), companies: counts(3, 25) },
    });
    expect((await sync('large', { since: 20 })).result).toEqual({
      streams: { people: counts(1, 6), companies: counts(1, 6) },
    });
    expect((await sync('large', { since: '1970-01-01T00:00:00.024Z', streams: ['companies'] })).result).toEqual({
      streams: { companies: counts(1, 2) },
    });
  });

  test('goes on behind the last page that was stored, in the next attempt', async () => {
    const { server, store, sync } = open();
    server.fail(/people.*after=9/, 'broken');
    const job = await sync('large', { mode: 'full' });
    expect(job).toMatchObject({ state: 'completed', attemptsMade: 2 });
    expect(job.result).toEqual({ streams: { people: counts(3, 25), companies: counts(3, 25) } });
    // The stream that was read to its end by the first attempt is not read again by the second one.
    expect(server.requests.map((path) => path.replace('/large/', '').replace('since=0', ''))).toEqual([
      ...['people?', 'people?&after=9'],
      ...['companies?', 'companies?&after=9', 'companies?&after=19'],
      ...['people?&after=9', 'people?&after=19'],
    ]);
    expect(store.records.size).toBe(50);
  });

  test('is not done twice when its worker dies at the end', async () => {
    const { server, jobs } = open();
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId: 'large' });
    await jobs.runAndLose(dataSyncQueue);
    const before = server.requests.length;
    await jobs.drain({ withDelayed: true });
    expect(jobOf(jobs, id)).toMatchObject({ state: 'completed', result: { streams: { people: counts(3, 25) } } });
    expect(server.requests).toHaveLength(before);
  });

  test('takes over what a job has read that failed for good, and begins anew where its pages are gone', async () => {
    const { server, sync } = open();
    server.fail(/people.*after=9/, 'broken', 'until healed');
    expect((await sync('large', { mode: 'full' })).state).toBe('failed');
    server.heal();
    server.requests.length = 0;
    expect((await sync('large', { streams: ['people'] })).result).toEqual({ streams: { people: counts(2, 15) } });
    expect(server.requests[0]).toContain('after=9');

    server.fail(/people.*after=9/, 'broken', 'until healed');
    await sync('large', { mode: 'full', streams: ['people'] });
    server.heal();
    server.fail(/people.*after=9/, 'gone');
    server.requests.length = 0;
    // From where the last read ended that was finished.
    expect((await sync('large', { streams: ['people'] })).result).toEqual({ streams: { people: counts(1, 1) } });
    expect(server.requests).toEqual([expect.stringContaining('after=9'), '/large/people?since=24']);
  });

  test('with `since` reads again, and what lies before it is still read by the next one', async () => {
    const { server, store, sync } = open();
    await sync('large');
    server.entries.get('large')?.splice(3, 2, entry(3, 30), entry(4, 100));
    expect((await sync('large', { since: 90 })).result).toMatchObject({ streams: { people: counts(1, 1) } });
    expect(store.records.get('large people 3')?.updatedAt).toBe(3);
    expect((await sync('large')).result).toMatchObject({ streams: { people: counts(1, 3) } });
    expect(store.records.get('large people 3')?.updatedAt).toBe(30);
  });

  test('with `since` that fails for good leaves the next one where it was', async () => {
    const { server, store, sync } = open();
    await sync('large');
    const entries = server.entries.get('large') ?? [];
    entries[3] = entry(3, 30);
    for (let n = 10; n < 25; n += 1) entries[n] = entry(n, 100);
    server.fail(/since=90&after/, 'broken', 'until healed');
    expect((await sync('large', { since: 90 })).state).toBe('failed');
    server.heal();
    await sync('large');
    expect(store.records.get('large people 3')?.updatedAt).toBe(30);
  });

  test('with `since` does not end a first one that has failed half-way', async () => {
    const { server, store, sync } = open();
    server.fail(/after=9/, 'broken', 'until healed');
    expect((await sync('large', { mode: 'full' })).state).toBe('failed');
    server.heal();
    await sync('large', { since: 24 });
    // Behind the page that was stored last.
    expect((await sync('large')).result).toEqual({ streams: { people: counts(2, 15), companies: counts(2, 15) } });
    expect(store.records.size).toBe(50);
  });

  test('with `since` goes on behind its own last page, whatever is synced between its attempts', async () => {
    const { server, jobs, sync } = open();
    await sync('large');
    server.fail(/people.*after=10/, 'rate-limit');
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId: 'large', since: 1, streams: ['people'] });
    await jobs.drain();
    await jobs.queue(dataSyncQueue).add({ integrationId: 'large' });
    await jobs.drain();
    server.requests.length = 0;
    await jobs.drain({ withDelayed: true });
    expect(jobOf(jobs, id).result).toEqual({ streams: { people: counts(3, 24) } });
    expect(server.requests[0]).toContain('since=1&after=10');
  });

  test('that is the first may begin at a `since`, and the next one goes on from its end', async () => {
    const { server, store, sync } = open();
    expect((await sync('large', { since: 20 })).result).toMatchObject({ streams: { people: counts(1, 5) } });
    server.requests.length = 0;
    await sync('large', { streams: ['people'] });
    expect(server.requests).toEqual(['/large/people?since=24']);
    expect(store.records.size).toBe(10);
  });

  test('of another account under the same integration reads everything', async () => {
    const { server, store, sync } = open();
    await sync('small');
    server.fill('other', 5);
    store.add('small', { connection: '2' }, { account: 'other', key: 'a secret key' });
    expect((await sync('small', { streams: ['people'] })).result).toEqual({ streams: { people: counts(1, 5) } });
    // From here on it is gone on from.
    expect((await sync('small', { streams: ['people'] })).result).toEqual({ streams: { people: counts(1, 1) } });
  });

  test('of renewed credentials goes on where it was, by the account of the integration', async () => {
    const { server, store, sync } = open();
    // Each key calls the account otherwise, as Stripe's do that name none.
    for (const key of ['key-1', 'key-2', 'key-3']) server.fill(key, 25);
    const requests = async (account: string | undefined, key: string) => {
      server.requests.length = 0;
      store.add('large', { account, connection: key }, { account: key, key: 'a secret key' });
      await sync('large', { streams: ['people'] });
      return server.requests.length;
    };
    expect(await requests('acct_1', 'key-1')).toBe(3);
    expect(await requests('acct_1', 'key-2')).toBe(1);
    // Another one; then nobody says which one; then the host finds out, with the key that was read with.
    expect(await requests('acct_2', 'key-2')).toBe(3);
    expect(await requests(undefined, 'key-3')).toBe(3);
    expect(await requests('acct_2', 'key-3')).toBe(1);
    expect(await requests('acct_2', 'key-1')).toBe(1);
  });

  test('that reads again keeps its place when the credentials are renewed after it', async () => {
    const { server, store, sync } = open();
    for (const key of ['key-1', 'key-2', 'key-3']) server.fill(key, 25);
    const connect = (account: string | undefined, key: string) =>
      store.add('large', { account, connection: key }, { account: key, key: 'a secret key' });
    connect(undefined, 'key-1');
    await sync('large', { streams: ['people'] });
    connect('acct_1', 'key-1');
    await sync('large', { streams: ['people'], since: 20 });
    connect('acct_1', 'key-2');
    server.requests.length = 0;
    await sync('large', { streams: ['people'] });
    expect(server.requests).toEqual(['/key-2/people?since=24']);
  });

  test('of the other mode of an account reads everything', async () => {
    const modeOf = ({ key }: { key: string }) => (key.startsWith('test') ? 'test' : 'live');
    const { server, store, sync } = open({ platforms: [{ ...ledger, modeOf }] });
    const requests = async (key: string) => {
      server.requests.length = 0;
      store.add('large', { account: 'acct_1', connection: key }, { account: 'large', key });
      await sync('large', { streams: ['people'] });
      return server.requests.length;
    };
    expect(await requests('test-key-1')).toBe(3);
    expect(await requests('test-key-2')).toBe(1);
    expect(await requests('live-key-1')).toBe(3);
    expect(await requests('live-key-2')).toBe(1);
  });

  test('whose id was used before, by a job that is gone, reads what is new', async () => {
    let now = 1_000;
    const { server, store, jobs } = open({ now: () => now });
    const queue = jobs.queue(dataSyncQueue);
    for (const updatedAt of [3, 100]) {
      server.entries.get('large')?.splice(3, 1, entry(3, updatedAt));
      await queue.add({ integrationId: 'large' }, { id: 'monthly' });
      await jobs.drain({ withDelayed: true });
      await queue.clean({ state: 'completed' });
      now += 1;
    }
    expect(store.records.get('large people 3')?.updatedAt).toBe(100);
  });

  test('tells the host when it is over, and does not fail with the host', async () => {
    const onSynced = vi.fn(() => Promise.reject(new Error('the host has a problem')));
    const { jobs, sync } = open({ onSynced });
    const job = await sync('small');
    expect(job.state).toBe('completed');
    expect(onSynced).toHaveBeenCalledWith({
      integration: expect.objectContaining({ id: 'small', organizationId: 'acme' }),
      jobId: job.id,
      result: job.result,
      isComplete: true,
    });
    const { lines } = await jobs.queue(dataSyncQueue).logs(job.id);
    expect(lines.join()).toContain('onSynced has failed');
  });
});

describe('a platform that says no', () => {
  test('to come back later: the job waits as long as it says, and uses up no attempt', async () => {
    const { server, jobs } = open();
    server.fail(/people.*after=19/, 'rate-limit');
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId: 'large' });
    await jobs.drain();
    expect(jobOf(jobs, id)).toMatchObject({ state: 'delayed', attemptsMade: 0 });
    jobs.clock.advance(59_999);
    await jobs.drain();
    expect(jobOf(jobs, id).state).toBe('delayed');
    jobs.clock.advance(1);
    await jobs.drain();
    expect(jobOf(jobs, id)).toMatchObject({ state: 'completed', attemptsMade: 1 });
    expect(server.requests.filter((path) => path.includes('people'))).toHaveLength(4);
  });

  test('for good: the integration is marked, the host is told, the others go on', async () => {
    const lost: unknown[] = [];
    const { jobs, server, store, sync } = open({ onAccessLost: (event) => void lost.push(event) });
    const told: unknown[] = [];
    jobs.events.on('integration:access-lost', (event) => {
      told.push(event);
      throw new Error('a bug of the host');
    });
    server.fail(/large\/companies/, 'no-access', 'until healed');
    const job = await sync('large');
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 1, failedReason: 'The key was revoked' });
    const outcome = { kind: 'access-lost', at: 1_000, reason: 'The key was revoked' };
    expect(store.outcomes).toEqual([{ id: 'large', outcome }]);
    const integration = expect.objectContaining({ id: 'large', status: 'active' });
    expect(lost).toEqual([{ integration, jobId: job.id, reason: 'The key was revoked' }]);
    const { id } = job;
    const whose = { integrationId: 'large', platform: 'ledger', organizationId: 'acme', reason: 'The key was revoked' };
    expect(told).toEqual([{ queue: 'data-sync', id, ...whose }]);
    expect((await sync('small')).state).toBe('completed');
  });

  test('to credentials that were replaced meanwhile: the new ones are tried, and nobody is told', async () => {
    const onAccessLost = vi.fn();
    const { jobs, server, store, sync } = open({ onAccessLost });
    jobs.events.on('integration:access-lost', onAccessLost);
    vi.spyOn(server, 'send').mockImplementationOnce(() => {
      store.add('small', { connection: '2' });
      return Promise.reject(new AccessLostError('The old key was revoked'));
    });
    expect(await sync('small')).toMatchObject({ state: 'completed', attemptsMade: 2 });
    expect(store.outcomes).toEqual([{ id: 'small', outcome: { kind: 'synced', at: 1_000 } }]);
    expect(onAccessLost).not.toHaveBeenCalled();
  });

  test('each time to one stream: the host is told at the end of what was stored of the others', async () => {
    const told: unknown[] = [];
    const { server, store, sync } = open({
      onSynced: ({ result, isComplete }) => void told.push({ ...result, isComplete }),
    });
    server.fail(/small\/people/, 'broken', 'until healed');
    expect(await sync('small')).toMatchObject({ state: 'failed', attemptsMade: 5 });
    server.heal();
    expect(told).toEqual([{ streams: { companies: counts(1, 5) }, isComplete: false }]);

    server.fail(/small\/companies/, 'no-access');
    await sync('small');
    expect(told[1]).toEqual({ streams: { people: counts(1, 5) }, isComplete: false });
    expect(store.integrations.get('small')?.status).toBe('access-lost');
  });

  test('each time: a sync of other streams does not make the integration look well', async () => {
    const { server, store, sync } = open();
    server.fail(/small\/people/, 'broken', 'until healed');
    await sync('small');
    server.heal();
    expect((await sync('small', { streams: ['companies'] })).state).toBe('completed');
    expect(store.integrations.get('small')?.status).toBe('error');
    await sync('small', { streams: ['people', 'companies'] });
    expect(store.integrations.get('small')?.status).toBe('active');
  });

  test('each time: the integration says why its last sync has failed', async () => {
    const { server, store, sync } = open();
    server.fail(/small\/people/, 'broken', 'until healed');
    expect(await sync('small')).toMatchObject({ state: 'failed', attemptsMade: 5 });
    server.heal();
    expect(store.outcomes).toEqual([{ id: 'small', outcome: { kind: 'failed', at: 1_000, reason: 'Not JSON' } }]);
    // The other stream is as new as it can be.
    expect([...store.records.keys()]).toContain('small companies 4');
    await sync('small');
    expect(store.integrations.get('small')?.status).toBe('active');
  });

  test('to one stream of two, when the store is the problem: the first error is told', async () => {
    const { store, sync } = open();
    store.failing = 2;
    expect(await sync('small')).toMatchObject({ state: 'completed', attemptsMade: 2 });
  });

  test('with pages that go in a circle', async () => {
    const { server, store, sync } = open();
    server.fail(/people/, 'loop', 'until healed');
    expect(await sync('large')).toMatchObject({ state: 'failed', failedReason: expect.stringContaining('circle') });
    expect(server.requests.length).toBeLessThan(100);
    expect(store.integrations.get('large')?.status).toBe('error');
  });

  test('with a stream that just stops', async () => {
    const silent = { name: 'people', kind: 'customer', async *read() {} } as const;
    const platform = { ...ledger, connect: () => ({ account: 'a', streams: [silent] }) };
    const { sync } = open({ platforms: [platform] });
    expect(await sync('small')).toMatchObject({ state: 'failed', failedReason: expect.stringContaining('last page') });
  });
});

describe('budgets', () => {
  test('are counted for each account, over all jobs, and put a job off without using up an attempt', async () => {
    const { server, jobs } = open({ budgets: { ledger: { account: { requests: 2, per: 60_000 } } } });
    const queue = jobs.queue(dataSyncQueue);
    const ids = [];
    for (const integrationId of ['large', 'small']) ids.push((await queue.add({ integrationId })).id);
    await jobs.drain();
    expect(server.requests).toHaveLength(4);
    expect(ids.map((id) => jobOf(jobs, id).state)).toEqual(['delayed', 'completed']);
    await jobs.drain({ withDelayed: true });
    expect(jobOf(jobs, ids[0] ?? '')).toMatchObject({ state: 'completed', attemptsMade: 1 });
    expect(server.requests).toHaveLength(8);
  });

  test('are counted for an account whatever its keys are called', async () => {
    const { server, store, jobs } = open({ budgets: { ledger: { account: { requests: 2, per: 60_000 } } } });
    store.add('large', { account: 'acct_1' });
    store.add('small', { account: 'acct_1' });
    for (const integrationId of ['large', 'small']) await jobs.queue(dataSyncQueue).add({ integrationId });
    await jobs.drain();
    expect(server.requests).toHaveLength(2);
  });

  test('are counted for a platform as a whole', async () => {
    const { server, jobs } = open({ budgets: { ledger: { total: { requests: 3, per: 60_000 } } } });
    for (const integrationId of ['large', 'small']) await jobs.queue(dataSyncQueue).add({ integrationId });
    await jobs.drain();
    expect(server.requests).toHaveLength(3);
  });
});

describe('bad input', () => {
  test.each([
    ['an integration that does not exist', 'nobody', {}, 'no integration "nobody"'],
    ['an integration that is switched off', 'off', {}, '"off" is disabled'],
    ['a platform that is not registered', 'foreign', {}, 'the platform "abacus", which is not registered'],
    ['no credentials', 'bare', {}, '"bare" has no credentials'],
    ['credentials that do not fit', 'odd', {}, 'do not fit Ledger, at key'],
    [
      'a stream that does not exist',
      'small',
      { streams: ['people', 'dogs'] },
      'no stream "dogs"; there are: people, companies',
    ],
  ])('%s: fails at once, with the reason', async (_what, integrationId, data, reason) => {
    const { server, store, sync } = open();
    store.add('off', { status: 'disabled' });
    store.add('foreign', { platform: 'abacus' });
    store.add('bare', {}, undefined);
    store.secrets.delete('bare');
    store.add('odd', {}, { account: 'a', key: 'hush' });
    const job = await sync(integrationId, data);
    expect(job).toMatchObject({ state: 'failed', attemptsMade: 1, failedReason: expect.stringContaining(reason) });
    expect(job.failedReason).not.toContain('hush');
    expect(server.requests).toEqual([]);
    const kinds = store.outcomes.map(({ outcome }) => outcome.kind);
    const expected: Record<string, string[]> = { nobody: [], bare: ['access-lost'], odd: ['access-lost'] };
    expect(kinds).toEqual(expected[integrationId] ?? ['failed']);
  });

  test('platforms and budgets that contradict each other are found at once', () => {
    const store = new MemoryStore();
    const options = { integrations: store, sink: store };
    expect(() => dataSyncProcessor({ ...options, platforms: [ledger, ledger] })).toThrow(ProcessorDefinitionError);
    expect(() => dataSyncProcessor({ ...options, platforms: [ledger], budgets: { shopify: {} } })).toThrow('"shopify"');
  });
});
