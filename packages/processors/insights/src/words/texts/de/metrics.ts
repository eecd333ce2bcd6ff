/** How German speaks of each metric: cases, genders and numbers. */

interface Metric {
  /** Without an article: titles and lists. */
  readonly label: string;
  /** Whether the label is a plural: `Bestellungen steigen`. */
  readonly isPlural: boolean;
  /** As a subject: `der Umsatz`, `die Zahl der Bestellungen`. */
  readonly subject: string;
  /** Whether the subject is a plural: `die Werbeausgaben sind`. */
  readonly isPluralSubject: boolean;
  /** `beim Umsatz` */
  readonly at: string;
  /** `für den Umsatz` */
  readonly for: string;
  /** `des Umsatzes` */
  readonly of: string;
}

/** Of what is counted. */
const counted = (label: string): Metric => ({
  label,
  isPlural: true,
  subject: `die Zahl der ${label}`,
  isPluralSubject: false,
  at: `bei den ${label}`,
  for: `für die ${label}`,
  of: `der ${label}`,
});

/** Of money in the plural. */
const sums = (label: string): Metric => ({ ...counted(label), subject: `die ${label}`, isPluralSubject: true });

const single = (
  label: string,
  [subject, at, whom, of]: readonly [subject: string, at: string, whom: string, of: string],
): Metric => ({
  label,
  isPlural: false,
  subject,
  isPluralSubject: false,
  at,
  for: whom,
  of,
});

const METRICS: Readonly<Record<string, Metric>> = {
  revenue: single('Umsatz', ['der Umsatz', 'beim Umsatz', 'für den Umsatz', 'des Umsatzes']),
  refunds: sums('Erstattungen'),
  orders: counted('Bestellungen'),
  averageOrderValue: single('Durchschnittlicher Bestellwert', [
    'der durchschnittliche Bestellwert',
    'beim durchschnittlichen Bestellwert',
    'für den durchschnittlichen Bestellwert',
    'des durchschnittlichen Bestellwerts',
  ]),
  newCustomers: counted('Neukunden'),
  sessions: counted('Sitzungen'),
  conversionRate: single('Conversion-Rate', [
    'die Conversion-Rate',
    'bei der Conversion-Rate',
    'für die Conversion-Rate',
    'der Conversion-Rate',
  ]),
  adSpend: sums('Werbeausgaben'),
  adRevenue: single('Werbeumsatz', ['der Werbeumsatz', 'beim Werbeumsatz', 'für den Werbeumsatz', 'des Werbeumsatzes']),
  returnOnAdSpend: single('ROAS', ['der ROAS', 'beim ROAS', 'für den ROAS', 'des ROAS']),
  impressions: counted('Werbeeinblendungen'),
  clicks: counted('Anzeigenklicks'),
};

/** @param name in `store.metrics` */
export function deMetric(name: string): Metric {
  const known = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  return known ?? single(name, [name, `bei ${name}`, `für ${name}`, `von ${name}`]);
}
