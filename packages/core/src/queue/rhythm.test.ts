import { expect, it } from 'vitest';
import { toIssues } from '../errors.js';
import { rhythmShape } from './rhythm.js';

const timezone = 'Europe/Berlin';

it.each([{ every: 1_000 }, { every: 90_061 }, { cron: '0 8 * * 1', timezone }, { cron: '30 0 3 L * *', timezone }])(
  'takes the rhythm %j',
  (rhythm) => {
    expect(rhythmShape().parse(rhythm)).toEqual(rhythm);
  },
);

it.each([
  [{ every: 999 }, 'every', 'must be at least 1,000 ms'],
  [{ every: 400_000_000_000 }, 'every', 'must be at most ten years, in ms'],
  [{ cron: '0 3 30 2 *', timezone }, 'cron', '"0 3 30 2 *" has no time at which it would run'],
  [{ cron: '61 * * * *', timezone }, 'cron', '"61 * * * *" is not a cron expression of five or six fields'],
  [{ cron: '* '.repeat(1_000), timezone }, 'cron', 'Too big'],
  [{ cron: '0 8 * * 1', timezone: 'Mars/Olympus' }, 'timezone', 'is not a zone that there is'],
  [{ cron: '0 8 * * 1', timezone: '+02:00' }, 'timezone', 'is not a zone that there is'],
])('refuses %j by its field', (rhythm, field, message) => {
  const { error } = rhythmShape().safeParse(rhythm);
  expect(toIssues(error?.issues ?? [])).toEqual([
    expect.objectContaining({ path: [field], message: expect.stringContaining(message) }),
  ]);
});

it('takes a least time of the caller', () => {
  expect(rhythmShape({ shortest: 60_000 }).safeParse({ every: 59_999 }).error?.issues).toMatchObject([
    { path: ['every'] },
  ]);
});
