import { expect, it } from 'vitest';
import { sortRecords } from '../records/sort-records.js';
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

it.each([
  {},
  { accountId: 'act_1' },
  { accountId: '../me', accessToken: 'x' },
  { accountId: 'act_1', accessToken: '' },
])('%j are no credentials', (credentials) =>
  expect(facebookAds.credentials.safeParse(credentials).success).toBe(false),
);
