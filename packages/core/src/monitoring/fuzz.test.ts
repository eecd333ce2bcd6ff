import type {} from '@bizinsights/test-servers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Api, openApi } from './fixtures/api.js';

let api: Api;
let failed: string[];
beforeAll(async () => {
  api = openApi(inject('redisUrl'));
  failed = await api.failed('a', 'b');
});
afterAll(() => api.jobs.close());

const piece = fc.oneof(
  fc.constantFrom(
    'monitoring',
    'mails',
    'plain',
    'jobs',
    'retry',
    'workers',
    'health',
    'metrics',
    'audit',
    'openapi.json',
  ),
  fc.constantFrom('..', '%00', '%2e%2e', 'constructor', '__proto__', '{}', '*'),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const path = fc.array(piece, { maxLength: 4 }).map((pieces) => `/${pieces.join('/')}`);
const value = fc.oneof(
  fc.constantFrom(
    'pause',
    'retry',
    'clean',
    'cancel',
    'failed',
    'waiting',
    'newest',
    '-1',
    '0',
    '1e9',
    'NaN',
    'mailbox',
  ),
  fc.string({ maxLength: 30 }),
);
const query = fc.dictionary(
  fc.oneof(
    fc.constantFrom('action', 'state', 'limit', 'cursor', 'text', 'tenant', 'order', 'from', 'id'),
    fc.string({ maxLength: 8 }),
  ),
  value,
  { maxKeys: 4 },
);
const body = fc.option(fc.oneof(fc.json({ maxDepth: 3 }), fc.string({ maxLength: 200 })), { nil: undefined });
const headers = fc.dictionary(
  fc.constantFrom('content-type', 'origin', 'last-event-id', 'accept', 'sec-fetch-site', 'content-length'),
  fc.oneof(
    fc.constantFrom('application/json', 'text/plain', 'null', 'cross-site', 'http://localhost', '99999999'),
    fc.stringMatching(/^[\x20-\x7e]{0,20}$/),
  ),
  { maxKeys: 3 },
);

it('no request gets an error of the server, no answer at all, or what it must not see', {
  timeout: 120_000,
}, async () => {
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(method, path, query, body, headers, async (verb, route, parameters, content, extra) => {
      const takesBody = verb !== 'GET' && verb !== 'HEAD';
      const asked = { headers: extra, ...(takesBody && content !== undefined ? { body: content } : {}) };
      const response = await api.send(verb, `${route}?${new URLSearchParams(parameters)}`, asked);
      expect(response.status, `${verb} ${route}`).toBeLessThan(500);
      const text = await response.text();
      expect(text).not.toMatch(/@example\.com|node_modules|\.ts:\d|redis:\/\//);
    }),
    { numRuns: 2_000 },
  );
  expect(failed).toHaveLength(2);
});
