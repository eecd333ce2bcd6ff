/** How English speaks of each metric. */

interface Metric {
  /** At the beginning of a sentence. */
  readonly label: string;
  /** Within a sentence. */
  readonly inside: string;
  /** The verbs that go with it. */
  readonly are: 'is' | 'are';
  readonly were: 'was' | 'were';
  readonly have: 'has' | 'have';
  readonly vary: 'varies' | 'vary';
  readonly add: 'adds' | 'add';
}

const one = (label: string, inside = label.toLowerCase()): Metric => ({
  label,
  inside,
  are: 'is',
  were: 'was',
  have: 'has',
  vary: 'varies',
  add: 'adds',
});

const many = (label: string): Metric => ({
  label,
  inside: label.toLowerCase(),
  are: 'are',
  were: 'were',
  have: 'have',
  vary: 'vary',
  add: 'add',
});

const METRICS: Readonly<Record<string, Metric>> = {
  revenue: one('Revenue'),
  refunds: many('Refunds'),
  orders: many('Orders'),
  averageOrderValue: one('Average order value'),
  newCustomers: many('New customers'),
  sessions: many('Sessions'),
  conversionRate: one('Conversion rate'),
  adSpend: one('Ad spend'),
  adRevenue: one('Ad revenue'),
  returnOnAdSpend: one('Return on ad spend'),
  impressions: many('Ad impressions'),
  clicks: many('Ad clicks'),
};

/** @param name in `store.metrics` */
export function enMetric(name: string): Metric {
  return (Object.hasOwn(METRICS, name) ? METRICS[name] : undefined) ?? one(name, name);
}
