/** Who comes in, and what is refused before anybody can. */
import { describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../errors.js';
import { silentLogger } from '../logger.js';
import { createMonitoringHandler, type MonitoringOptions } from '../monitoring/app.js';
import { createTestJobs } from '../testing/index.js';
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

it.each([` ${TOKEN}`, `${TOKEN}\n`, `\t${TOKEN}\r\n`])(
  'white space around a bearer token does not count: %j',
  async (token) => {
    expect(await bearerToken({ token })(from(`Bearer ${TOKEN}`))).toEqual({ actor: 'token', role: 'viewer' });
  },
);

it.each(['', 'short', 'x'.repeat(15), ' '.repeat(16), `${'x'.repeat(15)}\n`])(
  'a bearer token that can be guessed is refused: "%s"',
  (token) => {
    expect(() => bearerToken({ token })).toThrow(ConfigError);
  },
);

it('without a bearer token each request is refused, and the log says why', async () => {
  const error = vi.fn();
  const jobs = createTestJobs({ queues: [], logger: { ...silentLogger, error } });
  // As a build loads it, where no variable is set.
  const handler = createMonitoringHandler(jobs, { authorize: bearerToken({ token: undefined }) });
  const response = await handler(from(`Bearer ${TOKEN}`));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('token');
  expect(error).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('token: is not set; `openssl'));
});

describe('everyone in development', () => {
  const ADMIN = { actor: 'developer', role: 'admin' };

  it.each(['development', 'test'])(
    'is an admin where NODE_ENV is "%s", and nobody when it is another later',
    async (name) => {
      const environment: { NODE_ENV?: string } = { NODE_ENV: name };
      const authorize = allowEveryoneInDevelopment(environment);
      expect(await authorize(from())).toEqual(ADMIN);
      environment.NODE_ENV = 'production';
      expect(() => authorize(from())).toThrow(/NODE_ENV: is "production"/);
      delete environment.NODE_ENV;
      expect(() => authorize(from())).toThrow(/NODE_ENV: is not set/);
    },
  );

  it.each([undefined, '', 'production', 'prod', 'staging', 'Development', 'development ', 'dev', 'testing'])(
    'is nobody where NODE_ENV is %j',
    (name) => {
      expect(() => allowEveryoneInDevelopment(name === undefined ? {} : { NODE_ENV: name })).toThrow(ConfigError);
    },
  );

  const ask = (url: string, headers: Record<string, string> = {}, remoteAddress?: string) =>
    allowEveryoneInDevelopment({ NODE_ENV: 'development' })(new Request(url, { headers }), { remoteAddress });
  const LOCAL = 'http://localhost:3000/api/jobs/monitoring';

  it.each<[string, Record<string, string>?, string?]>([
    [LOCAL],
    ['http://LOCALHOST/'],
    ['http://localhost./'],
    ['http://shop.localhost:3000/'],
    ['https://127.0.0.1/'],
    ['http://127.8.9.10:80/'],
    ['http://127.1/'],
    ['http://0x7f.1/'],
    ['http://[::1]:3000/'],
    [LOCAL, { host: 'localhost:3000' }, '127.0.0.1'],
    [LOCAL, { host: '[::1]:3000' }, '::1'],
    [LOCAL, { host: 'a.b.localhost' }, '::ffff:127.0.0.1'],
    // As the development server of Next.js sends them.
    [
      LOCAL,
      { host: 'localhost:3000', 'x-forwarded-host': 'localhost:3000', 'x-forwarded-for': '::1, ::ffff:127.0.0.1' },
    ],
    [LOCAL, { forwarded: 'for="[::1]:4711";host=localhost:3000;proto=http, for=127.0.0.1' }],
  ])('is an admin at %s %j %s', async (url, headers, remote) => {
    expect(await ask(url, headers, remote)).toEqual(ADMIN);
  });

  it.each<[string, Record<string, string>?, string?]>([
    // A page whose name leads to 127.0.0.1.
    ['http://rebound.example/'],
    [LOCAL, { host: 'rebound.example' }],
    [LOCAL, { host: 'rebound.example:3000' }, '127.0.0.1'],
    ['http://rebound.example/', { host: 'localhost' }],
    ['http://localhost.example/'],
    ['http://notlocalhost/'],
    ['http://127.0.0.1.example/'],
    ['http://128.0.0.1/'],
    ['http://0.0.0.0/'],
    ['http://192.168.1.5/'],
    ['http://[::2]/'],
    ['http://[fe80::1]/'],
    [LOCAL, { host: '' }],
    [LOCAL, { host: 'localhost@rebound.example' }],
    [LOCAL, { host: 'rebound.example/localhost' }],
    [LOCAL, { host: 'localhost, rebound.example' }],
    // Somebody of the same network, who writes what the browser would.
    [LOCAL, { host: 'localhost' }, '192.168.1.5'],
    [LOCAL, { host: 'localhost' }, '::ffff:192.168.1.5'],
    [LOCAL, { host: 'localhost' }, 'fe80::1%eth0'],
    // A proxy on this machine.
    [LOCAL, { host: 'localhost', 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1'],
    [LOCAL, { host: 'localhost', 'x-forwarded-for': '127.0.0.1, 203.0.113.7' }],
    [LOCAL, { host: 'localhost', 'x-forwarded-host': 'tunnel.example' }],
    [LOCAL, { host: 'localhost', 'x-real-ip': '203.0.113.7' }],
    [LOCAL, { host: 'localhost', forwarded: 'proto=https;for=203.0.113.7' }],
    [LOCAL, { host: 'localhost', forwarded: 'for=127.0.0.1;Host="tunnel.example"' }],
    [LOCAL, { host: 'localhost', 'x-forwarded-for': 'unknown' }],
  ])('is nobody at %s %j %s', async (url, headers, remote) => {
    expect(await ask(url, headers, remote)).toBeNull();
  });

  it('the handler hands on where a request comes from, on every path', async () => {
    const handler = createMonitoringHandler(createTestJobs({ queues: [] }), {
      authorize: allowEveryoneInDevelopment({ NODE_ENV: 'test' }),
    });
    for (const [path, method, status] of [
      ['/monitoring', 'GET', 200],
      ['/nothing/at/all', 'GET', 404],
      ['/monitoring', 'PUT', 405],
    ] as const) {
      const send = (remoteAddress: string) =>
        handler(new Request(`http://localhost/api/jobs${path}`, { method }), { caller: { remoteAddress } });
      expect((await send('127.0.0.1')).status, path).toBe(status);
      expect((await send('10.0.0.7')).status, path).toBe(401);
    }
  });
});

it('a request in production is not let in by an authorizer of development', async () => {
  const environment: { NODE_ENV?: string } = { NODE_ENV: 'test' };
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
