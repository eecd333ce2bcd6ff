/** Who comes in, and what is refused before anybody can. */
import { expect, it } from 'vitest';
import { ConfigError } from '../errors.js';
import { createTestJobs } from '../testing/index.js';
import { createMonitoringHandler, type MonitoringOptions } from './app.js';
import { allowEveryoneInDevelopment, bearerToken } from './authorize.js';

const TOKEN = 'a-token-of-24-characters';
const from = (authorization?: string) =>
  new Request('http://localhost/api/jobs/monitoring', authorization ? { headers: { authorization } } : {});

it.each([
  [`Bearer ${TOKEN}`, 'lets in'],
  [`bearer  ${TOKEN}`, 'lets in'],
  [undefined, 'keeps out'],
  ['Bearer', 'keeps out'],
  ['Bearer ', 'keeps out'],
  [TOKEN, 'keeps out'],
  [`Basic ${TOKEN}`, 'keeps out'],
  [`Bearer ${TOKEN} `.trimEnd().slice(0, -1), 'keeps out'],
  [`Bearer ${TOKEN}x`, 'keeps out'],
  [`Bearer ${TOKEN.toUpperCase()}`, 'keeps out'],
])('a bearer token: %s %s', async (authorization, what) => {
  const principal = await bearerToken({ token: TOKEN })(from(authorization));
  expect(principal).toEqual(what === 'lets in' ? { actor: 'token', role: 'viewer' } : null);
});

it('a bearer token stands for whom it is given to', async () => {
  const bound = { actor: 'shop', role: 'operator', tenants: ['a'] } as const;
  expect(await bearerToken({ token: TOKEN, ...bound })(from(`Bearer ${TOKEN}`))).toEqual(bound);
});

it.each(['', 'short', 'x'.repeat(15)])('a bearer token that can be guessed is refused: "%s"', (token) => {
  expect(() => bearerToken({ token })).toThrow(ConfigError);
});

it('everyone is an admin in development, and nobody in production, also when it becomes so later', async () => {
  const environment: { NODE_ENV?: string } = {};
  const authorize = allowEveryoneInDevelopment(environment);
  expect(await authorize(from())).toEqual({ actor: 'developer', role: 'admin' });
  environment.NODE_ENV = 'production';
  expect(() => authorize(from())).toThrow(/NODE_ENV: is "production"/);
  expect(() => allowEveryoneInDevelopment(environment)).toThrow(ConfigError);
});

it('a request in production is not let in by an authorizer of development', async () => {
  const environment: { NODE_ENV?: string } = {};
  const jobs = createTestJobs({ queues: [] });
  const handler = createMonitoringHandler(jobs, { authorize: allowEveryoneInDevelopment(environment) });
  expect((await handler(from())).status).toBe(200);
  environment.NODE_ENV = 'production';
  const response = await handler(from());
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    success: false,
    error: { code: 'CONFIG_INVALID', message: 'Something went wrong; the log says what' },
  });
});

it.each<[string, unknown]>([
  ['without authorize', {}],
  ['with an authorize that is no function', { authorize: 'everyone' }],
  ['with a basePath without a slash', { authorize: () => null, basePath: 'api' }],
])('no handler is made %s', (_how, options) => {
  expect(() => createMonitoringHandler(createTestJobs({ queues: [] }), options as MonitoringOptions)).toThrow(
    ConfigError,
  );
});
