/** The stream of `/events` as such: what is said when nothing happens, and what becomes of those who do not read. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTestJobs } from '../testing/index.js';
import { createMonitoringHandler } from './app.js';
import { plain } from './fixtures/api.js';

const HEARTBEAT = 15_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function open(headers: Record<string, string> = {}) {
  const jobs = createTestJobs({ queues: [plain] });
  const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'viewer' }) });
  const abort = new AbortController();
  const response = await handler(new Request('http://localhost/api/jobs/events', { headers, signal: abort.signal }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('no body');
  return { jobs, abort, reader };
}

it('says that it is still there, again and again, until the client has gone', async () => {
  const { reader, abort } = await open();
  expect((await reader.read()).value).toMatch(/^retry: \d+\nid: .+\n\n$/);
  for (let beat = 0; beat < 3; beat++) {
    vi.advanceTimersByTime(HEARTBEAT);
    expect((await reader.read()).value).toBe(': still here\n\n');
  }
  abort.abort();
  expect((await reader.read()).done).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it.each([
  ['that is no id of ours', { 'last-event-id': 'eyJwbGFpbiI6IjEtMCJ9' }, true],
  ['that is empty', { 'last-event-id': '' }, false],
])(
  'after an id %s goes on from now, and says whether something may have been missed',
  async (_what, headers, missed) => {
    const { jobs, abort, reader } = await open(headers);
    await jobs.queue(plain).add({}, { id: 'next' });
    let text = '';
    while (!text.includes('"jobId":"next"')) text += (await reader.read()).value;
    expect(text.includes('event: missed\ndata: {}\n\n')).toBe(missed);
    abort.abort();
  },
);

it('lets a client go that does not read, and tells it when and from where to come back', async () => {
  const { jobs, reader } = await open();
  // Each event takes some 150 bytes, and 256 KiB may be left unread.
  for (let n = 0; n < 3_000; n++) await jobs.queue(plain).add({}, { id: `job-${n}` });
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
  let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
  expect(text).toMatch(/^retry: \d+\n/);
  const ids = [...text.matchAll(/"jobId":"job-(\d+)"/g)].map(([, n]) => Number(n));
  expect(text.length).toBeGreaterThan(200_000);
  expect(Math.max(...ids)).toBeLessThan(2_999);
  expect(text).toMatch(/id: \S+\nevent: \w+\ndata: \{.*\}\n\n$/);
});
