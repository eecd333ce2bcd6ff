/** Whatever comes in, the API answers: never with a 5xx, never late, never with what nobody is to see. */
import type {} from '@bizinsights/test-servers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Api, openApi } from './fixtures/api.js';

const RUNS = 3_000;
/** Requests under way at a time. */
const BATCH = 25;
/** ms */
const LATE = 5_000;

/** The secret of the mails, a stack, a path of this machine, the address of the store. */
const LEAK = /example\.com|\n {4}at |node_modules|\.ts:\d|redis:\/\//;

let api: Api;
let ids: string[];
beforeAll(async () => {
  api = openApi(inject('redisUrl'));
  ids = await api.failed('a', 'b', 'c');
});
afterAll(() => api.jobs.close());

const text = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 10 }));
const odd = fc.constantFrom(
  '',
  '0',
  '-1',
  '1e9',
  'NaN',
  '1.5',
  '99999999999999999999',
  '__proto__',
  'constructor',
  '%',
  '%00',
  '../..',
  '*',
  '{}',
  ':',
  '💥',
);
const word = fc.oneof(text, odd);

const segment = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'monitoring',
      'mails',
      'plain',
      'jobs',
      'workers',
      'health',
      'metrics',
      'events',
      'audit',
      'openapi.json',
      'retry',
      'plugins',
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }).map((index) => ids[index] ?? '') },
  { weight: 2, arbitrary: word.map(encoded) },
  // As it is: broken escapes, slashes, dots.
  { weight: 1, arbitrary: word },
);
const path = fc.oneof(
  { weight: 3, arbitrary: fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '/monitoring',
      '/mails',
      '/mails/jobs',
      '/monitoring/retry',
      '/audit',
      '/events',
      '/plain',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('mails', 'plain'), segment).map(([queue, id]) => `/${queue}/jobs/${id}`),
  },
);

const NAMES = ['action', 'state', 'order', 'id', 'tenant', 'text', 'from', 'to', 'cursor', 'limit'];
const VALUES = [
  'pause',
  'resume',
  'empty',
  'clean',
  'retry',
  'promote',
  'cancel',
  'failed',
  'waiting',
  'completed',
  'oldest',
  'a',
  '1',
  '50',
  '1000',
];
const cursor = fc.oneof(
  word,
  fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString('base64url')),
  fc.integer().map((number) => Buffer.from(String(number)).toString('base64url')),
);
const query = fc.array(
  fc.tuple(fc.oneof(fc.constantFrom(...NAMES), word), fc.oneof(fc.constantFrom(...VALUES), cursor, word)),
  { maxLength: 4 },
);

const header = fc.string({
  unit: fc.constantFrom(...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)), 'é'),
  maxLength: 20,
});
const headers = fc.dictionary(
  fc.constantFrom(
    'origin',
    'host',
    'sec-fetch-site',
    'content-type',
    'content-length',
    'last-event-id',
    'authorization',
    'accept',
  ),
  fc.oneof(
    header,
    cursor.filter(isLatin1),
    fc.constantFrom('null', 'same-origin', 'application/json', 'http://localhost', '-5', 'text/plain; charset=utf-8'),
  ),
  { maxKeys: 3 },
);

const body = fc.option(
  fc.oneof(
    fc.json({ maxDepth: 3 }),
    word,
    fc
      .record(
        {
          queue: fc.oneof(fc.constantFrom('mails', 'plain'), word),
          jobIds: fc.oneof(fc.array(fc.oneof(fc.constantFrom('1', '2', '3'), word), { maxLength: 5 }), fc.anything()),
          limit: fc.oneof(fc.integer(), fc.double(), word),
          state: fc.oneof(fc.constantFrom('failed', 'completed', 'delayed'), word),
          olderThan: fc.oneof(fc.integer(), fc.maxSafeInteger()),
        },
        { requiredKeys: [] },
      )
      .map((value) => safeJson(value)),
  ),
  { nil: undefined, freq: 2 },
);

const principal = fc.constantFrom(
  { actor: 'ann', role: 'admin' as const },
  { actor: 'bob', role: 'operator' as const, tenants: ['a'] },
  { actor: 'eve', role: 'viewer' as const, tenants: [] },
);

const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'),
  path,
  query,
  headers,
  body,
});

it('random requests never give a 5xx, a hang or a leak', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(principal, fc.array(request, { minLength: BATCH, maxLength: BATCH }), async (who, requests) => {
      api.as(who);
      await Promise.all(requests.map(check));
    }),
    // What fails depends on the jobs that those before have left: making it smaller finds little, and takes long.
    { numRuns: Math.ceil(RUNS / BATCH), endOnFailure: true },
  );
});

async function check({ method, path, query, headers, body }: Asked): Promise<void> {
  const search = new URLSearchParams([...query]).toString();
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
  const asked = { headers, ...(hasBody ? { body } : {}) };
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`no answer to ${method} ${path}?${search} in ${LATE} ms`)), LATE);
  });
  try {
    await Promise.race([
      tooLate,
      checkAnswer(await Promise.race([tooLate, api.send(method, `${path}?${search}`, asked)])),
    ]);
  } finally {
    clearTimeout(late);
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: [string, string][];
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

async function checkAnswer(response: Response): Promise<void> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  if (isStream) {
    await response.body?.cancel();
    return;
  }
  const answer = await response.text();
  expect(response.status, answer).toBeLessThan(500);
  expect(answer).not.toMatch(LEAK);
}

/** `encodeURIComponent` refuses half a pair of surrogates. */
function encoded(value: string): string {
  return encodeURIComponent(value.replace(/[\ud800-\udfff]/gu, '?'));
}

function isLatin1(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // BigInt and circles, which JSON has not.
    return '{}';
  }
}
