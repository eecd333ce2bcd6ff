import type { Metadata } from 'next';
import Link from 'next/link';
import { Empty } from '@/components/empty';
import { FigureCard, Tile } from '@/components/figure-card';
import { PageHead } from '@/components/page-head';
import { Refresh } from '@/components/refresh';
import { type Formats, formatDay, formatFigure, formatsOf } from '@/lib/figures/format';
import { type Overview, PERIODS, readOverview, toPeriodName } from '@/lib/figures/overview';
import { requirePerson } from '@/lib/sign-in/session';

export const metadata: Metadata = { title: 'Overview' };

export default async function OverviewPage({
  searchParams,
}: {
  readonly searchParams: Promise<{ readonly period?: string | string[] }>;
}) {
  const { organization } = await requirePerson();
  const period = toPeriodName((await searchParams).period);
  const formats = formatsOf(organization);
  const overview = await readOverview(organization.id, formats, period);
  const { range, rangeBefore } = overview;
  return (
    <>
      <PageHead
        title="Overview"
        actions={
          <nav className="segments" aria-label="Period">
            {Object.entries(PERIODS).map(([name, { label }]) => (
              <Link
                key={name}
                href={`/?period=${name}`}
                aria-current={name === period ? 'true' : undefined}
                scroll={false}
              >
                {label}
              </Link>
            ))}
          </nav>
        }
      >
        {formatDay(range.from, formats)} – {formatDay(range.to, formats)}, beside {formatDay(rangeBefore.from, formats)}{' '}
        – {formatDay(rangeBefore.to, formats)}. In {formats.currency}, days of {formats.timeZone}.
      </PageHead>
      <Refresh every={15} />
      {overview.isEmpty ? (
        <Empty title="No figures yet">
          <p>Connect a platform. Its figures appear here while its first sync runs, the last 90 days first.</p>
          <Link className="button button-primary" href="/integrations">
            To the integrations
          </Link>
        </Empty>
      ) : (
        <Figures overview={overview} formats={formats} per={PERIODS[period].bucket === 7 ? 'week' : 'day'} />
      )}
    </>
  );
}

function Figures({
  overview,
  formats,
  per,
}: {
  readonly overview: Overview;
  readonly formats: Formats;
  readonly per: string;
}) {
  const { figures, today, provisionalFrom, unknownDays, isPartial } = overview;
  return (
    <>
      <p className="today">
        <span>Today so far</span>
        <span>
          <strong>{formatFigure(today.revenue, 'money', formats)}</strong> revenue
        </span>
        <span>
          <strong>{formatFigure(today.orders, 'count', formats)}</strong> {today.orders === 1 ? 'order' : 'orders'}
        </span>
        <span>
          <strong>{formatFigure(today.newCustomers, 'count', formats)}</strong>{' '}
          {today.newCustomers === 1 ? 'new customer' : 'new customers'}
        </span>
      </p>
      <div className="tiles">
        {figures.map((figure) => (
          <Tile key={figure.key} figure={figure} formats={formats} />
        ))}
      </div>
      <ul className="legend" aria-label="Key of the charts">
        <li>
          <span className="legend-key" /> This period
        </li>
        <li>
          <span className="legend-key legend-before" /> Period before
        </li>
        {provisionalFrom === undefined ? null : (
          <li>
            <span className="legend-key legend-provisional" /> Provisional from {formatDay(provisionalFrom, formats)}:
            ad platforms and analytics may still change these days
          </li>
        )}
        {unknownDays === 0 ? null : (
          <li>
            {unknownDays} {unknownDays === 1 ? 'day has' : 'days have'} gaps: not all integrations have been read so far
            back
          </li>
        )}
        {isPartial ? <li>Some money in other currencies is not counted: there was no rate.</li> : null}
      </ul>
      <div className="charts">
        {figures.map((figure) => (
          <FigureCard key={figure.key} figure={figure} formats={formats} per={per} />
        ))}
      </div>
    </>
  );
}
