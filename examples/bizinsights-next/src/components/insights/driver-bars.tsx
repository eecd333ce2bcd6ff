import type { InsightDimension, InsightDriver, InsightEvidence } from '@bizinsights/jobs-insights';
import { formatFound } from '@/lib/figures/findings';
import { type Formats, formatChange } from '@/lib/figures/format';

const DIMENSIONS: Record<InsightDimension, string> = {
  platform: 'Platform',
  channel: 'Channel',
  country: 'Country',
  product: 'Product',
  campaign: 'Campaign',
};

const EFFECTS = { mix: 'by its part of the whole', rate: 'by its own ratio' } as const;

const WIDTH = 200;
const HEIGHT = 12;

/** What made a change, as bars around a middle line: to the right with the change, to the left against it. */
export function DriverBars({ evidence, formats }: { readonly evidence: InsightEvidence; readonly formats: Formats }) {
  const { drivers = [] } = evidence;
  if (drivers.length === 0) return null;
  const largest = Math.max(1, ...drivers.map(({ share }) => Math.abs(share)));
  return (
    <section className="stack-small">
      <h3>What made it</h3>
      <div className="table-scroll">
        <table className="drivers">
          <thead>
            <tr>
              <th scope="col">Driver</th>
              <th scope="col" aria-label="Part of the change, as a bar" />
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
                  <DriverName driver={driver} />
                </th>
                <td>
                  <Bar share={driver.share} largest={largest} />
                </td>
                <td className="number">{formatChange(driver.share, formats)}</td>
                <td className="number">{formatFound(driver.value, evidence, formats)}</td>
                <td className="number">{formatFound(driver.expected, evidence, formats)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function DriverName({ driver: { dimension, key, label, effect } }: { readonly driver: InsightDriver }) {
  return (
    <>
      <span className="break">{label ?? key}</span>{' '}
      <span className="quiet small">
        {DIMENSIONS[dimension]}
        {effect === undefined ? '' : `, ${EFFECTS[effect]}`}
      </span>
    </>
  );
}

function Bar({ share, largest }: { readonly share: number; readonly largest: number }) {
  const middle = WIDTH / 2;
  const length = (Math.abs(share) / largest) * middle;
  return (
    <svg className="driver-bar" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <rect
        className={share < 0 ? 'driver-bar-against' : 'driver-bar-with'}
        x={share < 0 ? middle - length : middle}
        y={1}
        width={length}
        height={HEIGHT - 2}
        rx={2}
      />
      <line className="driver-bar-middle" x1={middle} x2={middle} y1={0} y2={HEIGHT} />
    </svg>
  );
}
