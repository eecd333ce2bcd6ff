/** Reports that are less than exact, as the Data API answers them. */
import type { Caveat } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { SandboxResponse } from '../platform.js';

const values = z.array(z.object({ value: z.string() }));
const report = z.looseObject({
  rows: z.array(z.object({ dimensionValues: values, metricValues: values })).default([]),
  rowCount: z.number().default(0),
  metadata: z.looseObject({}),
});
type Row = z.output<typeof report>['rows'][number];

/** Rows of a day that stay themselves where the others are added up. */
const ROWS_A_DAY = 2;

/** "About data thresholds": rows of fewer users are left out. */
const FEW_USERS = 2;

/** How each caveat shows in the metadata ("ResponseMetaData"). */
const METADATA: Readonly<Record<Caveat, object>> = {
  sampled: { samplingMetadatas: [{ samplesReadCount: '500000', samplingSpaceSize: '1250000' }] },
  thresholded: { subjectToThresholding: true },
  'other-row': { dataLossFromOtherRow: true },
};

export function blur(answer: SandboxResponse, caveats: readonly Caveat[]): SandboxResponse {
  const { data } = report.safeParse(answer.body);
  if (!data) return answer;
  let { rows } = data;
  if (caveats.includes('thresholded'))
    rows = rows.filter(({ metricValues }) => Number(metricValues[1]?.value) >= FEW_USERS);
  if (caveats.includes('other-row')) rows = withOtherRows(rows);
  const rowCount = data.rowCount - data.rows.length + rows.length;
  const metadata = Object.assign({}, data.metadata, ...caveats.map((caveat) => METADATA[caveat]));
  // What is empty or zero is left out.
  const { rows: _rows, rowCount: _count, ...rest } = data;
  return { ...answer, body: { ...rest, ...(rowCount > 0 ? { rows, rowCount } : {}), metadata } };
}

/** Each day with a row `(other)` in place of all but its first ones. The first dimension is the date. */
function withOtherRows(rows: readonly Row[]): Row[] {
  const byDay = new Map<string | undefined, Row[]>();
  for (const row of rows) {
    const day = row.dimensionValues[0]?.value;
    byDay.set(day, [...(byDay.get(day) ?? []), row]);
  }
  return [...byDay.values()].flatMap((ofDay) => {
    const [first, ...others] = ofDay.slice(ROWS_A_DAY);
    if (!first) return ofDay;
    const dimensionValues = first.dimensionValues.map(({ value }, index) => ({
      value: index === 0 ? value : '(other)',
    }));
    return [...ofDay.slice(0, ROWS_A_DAY), others.reduce(addUp, { ...first, dimensionValues })];
  });
}

function addUp(sum: Row, { metricValues }: Row): Row {
  const added = sum.metricValues.map(({ value }, index) => String(Number(value) + Number(metricValues[index]?.value)));
  return { ...sum, metricValues: added.map((value) => ({ value })) };
}
