/** Which metrics add up over days. */
import { METRICS } from '../metrics.js';

/** A mean of its days is so much a day; a ratio is the same of one day and of many. Of what is not known it is not said. */
export function isSum(name: string): boolean {
  return METRICS.some((metric) => metric.name === name && metric.dividedBy === undefined);
}
