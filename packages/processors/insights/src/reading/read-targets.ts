/** The targets of a host, checked: what is invalid is reported, and stops no insight. */
import { z } from 'zod';
import { METRICS } from '../metrics.js';
import type { MetricTarget } from '../ports.js';

const NAMES = METRICS.map(({ name }) => name);

const targetSchema = z
  .object({
    id: z.string().min(1).max(255),
    name: z.string().max(255).optional(),
    metric: z.string().refine((name) => NAMES.includes(name), {
      error: ({ input }) => `there is no metric "${String(input)}"; there are: ${NAMES.join(', ')}`,
    }),
    window: z.object({ from: z.iso.date(), to: z.iso.date() }).refine(({ from, to }) => from <= to, {
      error: 'the first day is after the last',
    }),
    wanted: z.number(),
    goal: z.enum(['least', 'most']).optional(),
  })
  .transform(({ id, metric, window, wanted, name, goal }) => ({
    id,
    metric,
    window,
    wanted,
    ...(name === undefined ? {} : { name }),
    ...(goal === undefined ? {} : { goal }),
  }));

/** @param report gets a sentence for each target that is invalid */
export function readTargets(targets: unknown, report: (reason: string) => void): MetricTarget[] {
  if (!Array.isArray(targets)) {
    report('The targets are left out: they are no list');
    return [];
  }
  const ids = new Set<string>();
  return targets.flatMap((target, index) => {
    const result = targetSchema.safeParse(target);
    if (!result.success) {
      const reasons = result.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
      report(`The target at place ${index} is left out: ${reasons}`);
      return [];
    }
    if (ids.has(result.data.id)) {
      report(`The target at place ${index} is left out: id: "${result.data.id}" is there already`);
      return [];
    }
    ids.add(result.data.id);
    return [result.data];
  });
}
