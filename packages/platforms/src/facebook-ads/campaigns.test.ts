import { expect, it } from 'vitest';
import { sortRecords } from '../records/sort-records.js';
import { startSandbox } from '../sandbox/index.js';
import { facebookAds } from './index.js';
import { campaignReader } from './records.js';

const campaign = {
  id: '7',
  name: 'Spring',
  status: 'PAUSED',
  objective: 'OUTCOME_SALES',
  created_time: '2026-11-01T10:00:00+0100',
  updated_time: '2026-11-20T10:00:00+0100',
};

it('a campaign, with its time in a zone that is written without a colon', () => {
  expect(sortRecords(campaignReader, [campaign]).records).toEqual([
    {
      kind: 'campaign',
      id: '7',
      updatedAt: Date.UTC(2026, 10, 20, 9),
      name: 'Spring',
      status: 'paused',
      objective: 'OUTCOME_SALES',
    },
  ]);
});

it('a campaign whose id comes as a number', () => {
  expect(sortRecords(campaignReader, [{ ...campaign, id: 7 }]).records).toMatchObject([{ id: '7' }]);
});

it.each([{ status: 'UNHEARD_OF' }, { updated_time: 'yesterday' }, { name: undefined }])(
  '%j is kept aside',
  (change) => {
    const { rejected } = sortRecords(campaignReader, [{ ...campaign, ...change }]);
    expect(rejected).toMatchObject([{ id: '7', kind: 'campaign' }]);
  },
);

it('the deleted and archived ones are asked for, and `since` leaves out what is older', async () => {
  const sandbox = await startSandbox({ platforms: ['facebook-ads'], days: 5 });
  const { credentials, requests } = sandbox['facebook-ads'];
  const [stream] = facebookAds.connect(credentials, sandbox.http).streams;
  const [first] = sandbox.shop.campaigns;
  if (first) first.updatedAt = sandbox.now();
  const ids: string[] = [];
  const signal = AbortSignal.timeout(20_000);
  const options = { mode: 'full', cursor: undefined, signal, now: sandbox.now, since: sandbox.now() - 1_000 } as const;
  for await (const { records } of stream?.read(options) ?? []) ids.push(...records.map(({ id }) => id));
  expect(ids).toEqual([String(first?.id)]);
  expect(decodeURIComponent(requests[0]?.path ?? '')).toMatch(/effective_status=\[.*"DELETED","ARCHIVED"/);
  await sandbox.close();
});

it.each([
  {},
  { accountId: 'act_1' },
  { accountId: '../me', accessToken: 'x' },
  { accountId: 'act_1', accessToken: '' },
])('%j are no credentials', (credentials) =>
  expect(facebookAds.credentials.safeParse(credentials).success).toBe(false),
);
