/** What a figure is in its finding. */

/**
 * - `value`, `expected`: what is stated, and what it is compared with; `yearBefore`: the same a year before
 * - `difference`, `change`, `ratio`: between the two, in their unit, relative, and one in percent of the other; `yearChange`: the
 *   difference and the change against the year before
 * - `lower`, `upper`: the ends of an interval
 * - `share`, `contribution`: what a driver has made; `offset`: the share of one that has worked against it
 * - `slope`: of a trend
 * - `previous`: the record before; `reached`: a milestone; `wanted`, `outlook`: a target, and what is forecast
 * - `median`, `deviation`: of weekdays
 * - `chance`: in percent, how often noise alone does it, and how sure an interval is; `hits`, `cases`: the same as 80 of 100
 * - `count`: of days, of drivers
 */
export type Role =
  | 'value'
  | 'expected'
  | 'yearBefore'
  | 'difference'
  | 'change'
  | 'yearChange'
  | 'ratio'
  | 'lower'
  | 'upper'
  | 'share'
  | 'contribution'
  | 'offset'
  | 'slope'
  | 'previous'
  | 'reached'
  | 'wanted'
  | 'outlook'
  | 'median'
  | 'deviation'
  | 'chance'
  | 'hits'
  | 'cases'
  | 'count';

/**
 * - `level`: a figure itself
 * - `change`: how large a change is
 * - `share`: a part of the change, or one figure in percent of another
 * - `other`: a number of days, of cases, and the like
 */
export type Group = 'level' | 'change' | 'share' | 'other';

interface Meaning {
  readonly group: Group;
  /** What is stated, or what it is compared with. Absent: neither. */
  readonly time?: 'now' | 'then';
}

export const MEANINGS: Readonly<Record<Role, Meaning>> = {
  value: { group: 'level', time: 'now' },
  expected: { group: 'level', time: 'then' },
  yearBefore: { group: 'level', time: 'then' },
  difference: { group: 'change' },
  change: { group: 'change' },
  yearChange: { group: 'change' },
  ratio: { group: 'share' },
  lower: { group: 'level' },
  upper: { group: 'level' },
  share: { group: 'share' },
  contribution: { group: 'level' },
  offset: { group: 'share' },
  slope: { group: 'level' },
  previous: { group: 'level', time: 'then' },
  reached: { group: 'level' },
  wanted: { group: 'level' },
  outlook: { group: 'level' },
  median: { group: 'level', time: 'then' },
  deviation: { group: 'level' },
  chance: { group: 'level' },
  hits: { group: 'other' },
  cases: { group: 'other' },
  count: { group: 'other' },
};

const isRole = (name: string): name is Role => Object.hasOwn(MEANINGS, name);

/** What a figure without a word beside it may be: counts have what is counted behind them. */
export const ROLES: readonly Role[] = Object.keys(MEANINGS)
  .filter(isRole)
  .filter((role) => !['hits', 'cases', 'count'].includes(role));

export const without = (...roles: readonly Role[]): readonly Role[] => ROLES.filter((role) => !roles.includes(role));

export const INTERVAL: readonly Role[] = ['lower', 'upper'];

/** What something is compared with, of the past. */
export const BEFORE: readonly Role[] = ['expected', 'yearBefore', 'previous', 'median'];

/** How far two figures are from each other, and what a driver has made of it. */
export const APART: readonly Role[] = [
  'difference',
  'change',
  'yearChange',
  'contribution',
  'offset',
  'share',
  'slope',
  'deviation',
];

/** The same against the year before. */
export const YEAR_APART: readonly Role[] = ['yearChange', 'contribution', 'share'];

/** What a figure has come to. */
export const REACHED: readonly Role[] = ['value', 'outlook', 'reached', 'wanted', 'ratio', 'chance'];

/** What is stated, and nothing that it is compared with. */
export const TOLD: readonly Role[] = without(...BEFORE, ...INTERVAL);

/** The same of a figure that no word says to be a difference. */
export const FIGURE: readonly Role[] = TOLD.filter((role) => role !== 'difference');
