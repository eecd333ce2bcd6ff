/** What a host's `authorize` answers: checked once, before anything is done. On every kind of store. */
import { describe, expect, it } from 'vitest';
import type { Logger } from '../logger.js';
import { createMonitoringHandler } from '../monitoring/app.js';
import { mails, plain } from '../monitoring/fixtures/api.js';
import { ENGINES, openBare } from '../monitoring/fixtures/engines.js';
import { createTestJobs, type TestJobs } from '../testing/index.js';
import { bearerToken } from './authorize.js';
import { identify } from './principal.js';

const REQUEST = new Request('http://localhost/');
const VALID = { actor: 'ann', role: 'admin' };

/** Asks with an answer that TypeScript would not let through. */
const asked = (answer: unknown) => identify(() => answer as never, REQUEST);

function changing(): unknown {
  let asked = 0;
  return {
    actor: 'ann',
    role: 'admin',
    get tenants() {
      asked++;
      return asked === 1 ? ['a'] : undefined;
    },
  };
}

describe('a principal', () => {
  it.each([null, undefined])('is nobody where the answer is %s', async (answer) => {
    await expect(asked(answer)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it.each<[string, unknown]>([
    ['true', true],
    ['false', false],
    ['a text', 'ann'],
    ['a number', 0],
    ['a function', () => VALID],
    ['a list', ['ann', 'admin']],
    ['an empty object', {}],
    ['tenants that are null', { ...VALID, tenants: null }],
    ['tenants that are a text', { ...VALID, tenants: 'a' }],
    ['tenants that are a set', { ...VALID, tenants: new Set(['a']) }],
    ['tenants like a list', { ...VALID, tenants: { length: 1, 0: 'a' } }],
    ['a tenant that is null', { ...VALID, tenants: ['a', null] }],
    ['a tenant that is a number', { ...VALID, tenants: [1] }],
    ['a tenant that is missing', { ...VALID, tenants: new Array(2) }],
    ['half of a character as a tenant', { ...VALID, tenants: ['\ud800'] }],
    ['no actor', { role: 'admin' }],
    ['a number as actor', { ...VALID, actor: 7 }],
    ['an actor that is null', { ...VALID, actor: null }],
    ['an empty actor', { ...VALID, actor: '' }],
    ['an actor of 600 bytes', { ...VALID, actor: 'x'.repeat(600) }],
    ['an actor with the character NUL', { ...VALID, actor: 'a\0' }],
    ['no role', { actor: 'ann' }],
    ['a role in capitals', { ...VALID, role: 'ADMIN' }],
    ['a role that every object has', { ...VALID, role: 'toString' }],
    ['a list of roles', { ...VALID, role: ['admin'] }],
  ])('is not %s', async (_what, answer) => {
    await expect(asked(answer)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it.each<[string, () => unknown]>([
    [
      'throws at a field',
      () => ({
        ...VALID,
        get tenants() {
          throw new Error('no');
        },
      }),
    ],
    [
      'has been revoked',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    ['is a promise that rejects', () => Promise.reject(new Error('no'))],
    ['is a promise that rejects with nothing', () => Promise.reject(undefined)],
  ])('is none that %s', async (_what, make) => {
    const failed = identify(async () => (await make()) as never, REQUEST);
    await expect(failed).rejects.toMatchObject({ name: 'AuthorizeError' });
  });

  it('is a copy without further fields, of what each field was at first, and does not change', async () => {
    const tenants = ['a'];
    const first = await asked({ ...VALID, tenants, password: 'secret' });
    tenants.push('b');
    expect(first).toEqual({ ...VALID, tenants: ['a'] });
    expect(Object.isFrozen(first) && Object.isFrozen(first.tenants)).toBe(true);
    expect(await asked(changing())).toEqual({ ...VALID, tenants: ['a'] });
    expect(await asked(Object.freeze({ ...VALID, tenants: Object.freeze([]) }))).toEqual({ ...VALID, tenants: [] });
    expect(await asked(Object.assign(Object.create(null), VALID))).toEqual(VALID);
    expect(await asked({ ...VALID, tenants: undefined })).toEqual(VALID);
  });

  it('of a bearer token is checked when the token is given', () => {
    const token = 'a-token-of-24-characters';
    expect(() => bearerToken({ token, tenants: null as never })).toThrow(/tenants/);
    expect(() => bearerToken({ token, actor: '' })).toThrow(/actor/);
  });
});

it('an answer that is no principal is told in the log without what it holds, and not for each request', async () => {
  const lines: string[] = [];
  const note = (...parts: unknown[]) => {
    lines.push(parts.map((part) => JSON.stringify(part)).join(' '));
  };
  const logger = { error: note, warn: note, info: note, debug: note } as unknown as Logger;
  const jobs: TestJobs<[typeof mails]> = createTestJobs({ queues: [mails], logger });
  const handlers = [
    () => ({ actor: 7, role: 'sk-secret', tenants: 'sk-secret' }),
    () => {
      throw { token: 'sk-secret', text: 'x'.repeat(1_000_000) };
    },
    () => {
      throw new Error('x'.repeat(1_000_000));
    },
  ].map((authorize) => createMonitoringHandler(jobs, { authorize: authorize as never }));
  for (const handler of handlers) {
    for (let nth = 0; nth < 100; nth++) {
      const response = await handler(new Request('http://localhost/api/jobs/mails', { method: 'POST' }));
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('secret');
    }
  }
  expect(lines).toHaveLength(handlers.length);
  expect(lines.join('')).toMatch(/actor.*role.*tenants/);
  expect(lines.join('')).not.toContain('sk-secret');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(5_000);
});

describe.each(ENGINES)('on %s', (_name, connect) => {
  it('nothing is done for what is no principal, and an empty list of tenants sees nothing', async () => {
    const { jobs, ask, close } = openBare(await connect(), [mails, plain]);
    try {
      await jobs.queue(mails).add({ shop: 'b', to: 'x' }, { id: 'job', delay: 3_600_000 });
      const wrong = [
        { actor: 'ann', role: 'operator', tenants: null },
        { actor: 7, role: 'admin' },
        { actor: 'ann', role: 'operator', tenants: [null] },
      ];
      for (const principal of wrong) {
        for (const [method, path] of [
          ['POST', '/mails/jobs/job?action=promote'],
          ['POST', '/monitoring/retry'],
          ['GET', '/mails/jobs?state=delayed'],
          ['GET', '/nothing/there'],
          ['PATCH', '/monitoring'],
        ] as const) {
          expect((await ask(principal, method, path)).status, `${method} ${path}`).toBe(500);
        }
      }
      expect(await jobs.queue(mails).get('job')).toMatchObject({ state: 'delayed' });

      const nobody = { actor: 'ann', role: 'admin', tenants: [] };
      expect((await ask(nobody, 'GET', '/mails/jobs')).data).toMatchObject({ jobs: [] });
      expect((await ask(nobody, 'GET', '/schedules')).data).toEqual({ schedules: [] });
      for (const path of ['/mails/jobs/job?action=promote', '/mails/jobs/job?action=cancel']) {
        expect((await ask(nobody, 'POST', path)).status).toBe(404);
      }
      for (const path of ['/audit', '/monitoring', '/workers']) {
        expect((await ask(nobody, 'GET', path)).status, path).toBe(403);
      }
      expect(await jobs.queue(mails).get('job')).toMatchObject({ state: 'delayed' });
    } finally {
      await close();
    }
  });
});
