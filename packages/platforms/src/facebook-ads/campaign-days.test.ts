import { describe, expect, it } from 'vitest';
import { sortRecords } from '../records/sort-records.js';
import { insightReader } from './records.js';

describe('rows', () => {
  const row = {
    campaign_id: '7',
    date_start: '2026-11-20',
    date_stop: '2026-11-20',
    account_currency: 'EUR',
    spend: '12.34',
    impressions: '1000',
    clicks: '12',
    actions: [
      { action_type: 'link_click', value: '11' },
      { action_type: 'purchase', value: '2' },
      { action_type: 'omni_purchase', value: '3' },
    ],
    action_values: [{ action_type: 'omni_purchase', value: '99.90' }],
  };
  const one = (change: object) => sortRecords(insightReader(5), [{ ...row, ...change }]);

  it('purchases of all channels count, once', () => {
    expect(one({}).records).toEqual([
      {
        kind: 'campaign-day',
        id: '7/2026-11-20',
        updatedAt: 5,
        day: '2026-11-20',
        campaignId: '7',
        spend: { amount: 1_234, currency: 'EUR' },
        impressions: 1_000,
        clicks: 12,
        conversions: 3,
        conversionValue: { amount: 9_990, currency: 'EUR' },
      },
    ]);
  });

  it('what is nothing is left out', () => {
    const little = {
      impressions: '4',
      clicks: undefined,
      spend: undefined,
      actions: undefined,
      action_values: undefined,
    };
    expect(one(little).records).toMatchObject([{ spend: { amount: 0 }, clicks: 0, conversions: 0 }]);
    expect(one(little).records[0]).not.toHaveProperty('conversionValue');
  });

  it.each([
    [
      { spend: '1.5E3', impressions: '1.2345678E7' },
      { spend: { amount: 150_000 }, impressions: 12_345_678 },
    ],
    [
      { spend: 12.34, impressions: 1_000, clicks: 0 },
      { spend: { amount: 1_234 }, impressions: 1_000, clicks: 0 },
    ],
    [{ actions: [{ action_type: 'purchase', value: '1.5E3' }] }, { conversions: 1_500 }],
    [{ actions: [{ action_type: 'purchase', value: 2 }] }, { conversions: 2 }],
    [{ action_values: [{ action_type: 'purchase', value: 99.9 }] }, { conversionValue: { amount: 9_990 } }],
    [{ action_values: [{ action_type: 'purchase', value: '9.99E1' }] }, { conversionValue: { amount: 9_990 } }],
    [{ campaign_id: 7 }, { id: '7/2026-11-20', campaignId: '7' }],
    [{ campaign_id: '120208912345678901' }, { id: '120208912345678901/2026-11-20' }],
  ])('%j is read', (change, record) => expect(one(change).records).toMatchObject([record]));

  it.each([
    { spend: 'free' },
    { spend: 'NaN' },
    { spend: '' },
    { impressions: 'Infinity' },
    { clicks: '-1' },
    { actions: [{ action_type: 'purchase', value: '-1' }] },
    { action_values: [{ action_type: 'purchase', value: 'NaN' }] },
    { account_currency: 'X' },
    { actions: [{ action_type: 'purchase', value: 'x' }] },
  ])('%j is kept aside', (change) =>
    expect(one(change).rejected).toMatchObject([{ id: '7/2026-11-20', kind: 'campaign-day' }]),
  );
});
