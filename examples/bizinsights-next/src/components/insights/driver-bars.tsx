import type { InsightDimension } from '@bizinsights/jobs-insights';
import { platforms } from '@bizinsights/jobs-platforms';
import { type Driver, type Finding, metricLabel } from '@/lib/figures/findings';
import { type Formats, formatChange } from '@/lib/figures/format';
import { formatFound } from '@/lib/figures/found';
import { type BarScale, DriverBar } from './driver-bar';

const DIMENSIONS: Record<InsightDimension, string> = {
  platform: 'Platform',
  channel: 'Channel',
  country: 'Country',
  product: 'Product',
  campaign: 'Campaign',
};

const EFFECTS = { mix: 'by its part of the whole', rate: 'by its own ratio' } as const;

type Explained = Pick<Finding, 'unit' | 'currency' | 'drivers' | 'parts'>;

/** What made a change, as bars: to the right with the change, and to the left of a middle line against it. */
export function DriverBars({
  title,
  evidence,
  formats,
}: {
  /** Of the insight or the alert. */
  readonly title: string;
  readonly evidence: Explained;
  readonly formats: Formats;
}) {
  const { drivers = [] } = evidence;
  if (drivers.length === 0) return null;
  const scale: BarScale = {
    largest: Math.max(1, ...drivers.map(({ share }) => Math.abs(share))),
    zeroAt: drivers.some(({ share }) => share < 0) ? 'middle' : 'left',
  };
  return (
    <section className="stack-small">
      <h3>What made it</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="table-scroll" tabIndex={0} aria-label={`What made it: ${title}`}>
        <table className="drivers">
          <thead>
            <tr>
              <th scope="col">Driver</th>
              <th scope="col">As a bar</th>
              <th scope="col" className="number">
                Part of it
              </th>
              <th scope="col" className="number">
                Figure
              </th>
              <th scope="col" className="number">
                Expected
              </th>
            </tr>
          </thead>
          <tbody>
            {drivers.map((driver) => (
              <tr key={`${driver.dimension} ${driver.key} ${driver.effect ?? ''}`}>
                <th scope="row">
                  <DriverName driver={driver} formats={formats} />
                </th>
                <td>
                  <DriverBar share={driver.share} scale={scale} />
                </td>
                <td className="number">{formatChange(driver.share, formats)}</td>
                <td className="number">{formatFound(driver.value, figuresOf(driver, evidence), formats)}</td>
                <td className="number">{formatFound(driver.expected, figuresOf(driver, evidence), formats)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** Those of another metric are of what moved with it; what did not move itself is counted, as orders are. */
function figuresOf({ metric }: Driver, evidence: Explained): Pick<Finding, 'unit' | 'currency'> {
  if (metric === undefined) return evidence;
  return evidence.parts?.find((part) => part.metric === metric) ?? { unit: 'count' };
}

function DriverName({ driver, formats }: { readonly driver: Driver; readonly formats: Formats }) {
  const { dimension, metric, effect } = driver;
  const details = [
    DIMENSIONS[dimension],
    ...(metric === undefined ? [] : [metricLabel(metric)]),
    ...(effect === undefined ? [] : [EFFECTS[effect]]),
  ];
  return (
    <>
      <span className="break">{nameOf(driver, formats)}</span> <span className="quiet small">{details.join(', ')}</span>
    </>
  );
}

function nameOf({ dimension, key, label }: Driver, { locale }: Formats): string {
  if (dimension === 'platform') return Object.values(platforms).find(({ id }) => id === key)?.name ?? key;
  if (dimension === 'country' && /^[A-Z]{2}$/.test(key)) {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(key) ?? key;
  }
  return label ?? key;
}
