/**
 * What Google says of a report that is less than exact ("ResponseMetaData").
 *
 * @see https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData
 * @see https://support.google.com/analytics/answer/13331684 about the row "(other)", and sampling
 */
import { z } from 'zod';
import type { Caveat } from '../platform.js';

/** An int64 comes as text. */
const events = z.union([z.string(), z.number().transform(String)]).default('0');

/** The fields of the metadata that say so. What is false or empty is left out of JSON. */
export const precision = {
  dataLossFromOtherRow: z.boolean().default(false),
  samplingMetadatas: z.array(z.object({ samplesReadCount: events, samplingSpaceSize: events })).default([]),
  subjectToThresholding: z.boolean().default(false),
} as const;

type Precision = z.output<z.ZodObject<typeof precision>>;

/** Why the figures of a report are less than exact; empty where they are. */
export function caveatsOf(metadata: Precision): Caveat[] {
  // One entry for each range of days. Who has read all events has taken no sample.
  const isSampled = metadata.samplingMetadatas.some(
    ({ samplesReadCount, samplingSpaceSize }) => samplesReadCount === '0' || samplesReadCount !== samplingSpaceSize,
  );
  return [
    ...(isSampled ? (['sampled'] as const) : []),
    ...(metadata.subjectToThresholding ? (['thresholded'] as const) : []),
    ...(metadata.dataLossFromOtherRow ? (['other-row'] as const) : []),
  ];
}
