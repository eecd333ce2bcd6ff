// Pages show no button for what a role may not do. Its action refuses it as well, and before it has read or changed anything.
import { beforeEach, expect, it, vi } from 'vitest';
import * as alerts from './(app)/alerts/actions';
import * as insights from './(app)/insights/actions';
import * as integrations from './(app)/integrations/actions';
import * as reports from './(app)/reports/actions';
import * as settings from './(app)/settings/actions';

const { cookies, organizations, touched } = vi.hoisted(() => {
  const jar = new Map<string, string>();
  const cookies = {
    get: (name: string) => (jar.has(name) ? { name, value: jar.get(name) } : undefined),
    set: (name: string, value: string) => void jar.set(name, value),
    clear: () => jar.clear(),
  };
  const organizations = {
    get: async (id: string) => ({ id, name: 'Glaze & Co', timeZone: 'Europe/Berlin', currency: 'EUR' }),
    members: async (organizationId: string) =>
      ['owner', 'admin', 'member'].map((role) => ({ organizationId, id: role, role, email: `${role}@glaze.example` })),
  };
  const touched = new Proxy(
    {},
    {
      get(_, name) {
        throw new Error(`touched: ${String(name)}`);
      },
    },
  );
  return { cookies, organizations, touched };
});
vi.mock('next/headers', () => ({ cookies: async () => cookies }));
vi.mock('next/navigation', () => ({
  redirect: (path: string) => {
    throw new Error(`redirect: ${path}`);
  },
}));
vi.mock('next/cache', () => ({ revalidatePath: touched }));
vi.mock('@/lib/jobs', () => ({ jobs: touched }));
vi.mock('@/lib/integrations/connect-platform', () => ({
  connectPlatform: () => {
    throw new Error('touched: connectPlatform');
  },
}));
vi.mock('../lib/store/store', () => ({
  store: {
    organizations,
    ...{ alerts: touched, insights: touched, integrations: touched, reports: touched, metrics: touched },
  },
}));

const FORM = {
  ...{ id: 'x', platform: 'shopify', period: '30d', from: '2026-11-01', to: '2026-11-02', format: 'pdf' },
  ...{ vote: 'up', kind: 'spike', metric: 'revenue' },
};

/** Every member may. */
const { vote, ...insightsOfOperators } = insights;

const OPERATE = {
  ...alerts,
  ...insightsOfOperators,
  connect: integrations.connect,
  syncNow: integrations.syncNow,
  ...reports,
};
const ADMINISTER = { disconnect: integrations.disconnect, ...settings };

type Action = (typeof OPERATE)[keyof typeof OPERATE];

async function answerOf(action: Action): Promise<unknown> {
  const form = new FormData();
  for (const [name, value] of Object.entries(FORM)) form.set(name, value);
  return await action({}, form).catch((error: unknown) => String(error));
}

async function signInAs(role: string): Promise<void> {
  const { signIn } = await import('../lib/sign-in/session');
  await signIn('glaze', role);
}

const REFUSED = { error: 'Your role does not allow this.' };

beforeEach(() => {
  vi.stubEnv('SESSION_PASSWORD', 'only for tests, and at least 32 characters');
  cookies.clear();
});

it.each(Object.entries({ ...OPERATE, ...ADMINISTER }))(
  '%s is refused to a member, and to nobody',
  async (_, action) => {
    expect(await answerOf(action)).toBe('Error: redirect: /sign-in');
    await signInAs('member');
    expect(await answerOf(action)).toEqual(REFUSED);
  },
);

it.each(Object.entries(ADMINISTER))('%s is refused to an admin, and not to an owner', async (_, action) => {
  await signInAs('admin');
  expect(await answerOf(action)).toEqual(REFUSED);
  await signInAs('owner');
  expect(await answerOf(action)).not.toEqual(REFUSED);
});

it.each(Object.entries(OPERATE))('%s is not refused to an admin', async (_, action) => {
  await signInAs('admin');
  expect(await answerOf(action)).not.toEqual(REFUSED);
});

it('vote is refused only to people who are not signed in', async () => {
  expect(await answerOf(vote)).toBe('Error: redirect: /sign-in');
  await signInAs('member');
  expect(await answerOf(vote)).toBe('Error: touched: get');
});
