'use client';

import type { QueueNumbers } from '@/lib/monitoring-client';
import { ActButton } from './act-button';

const COLUMNS = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;

/** The numbers of each queue. They are about all organizations together, and show nothing of what is in the jobs. */
export function QueueTable({
  queues,
  mayOperate,
  onChange,
}: {
  readonly queues: Readonly<Record<string, QueueNumbers>>;
  readonly mayOperate: boolean;
  readonly onChange: () => void;
}) {
  return (
    <section className="section" aria-labelledby="queues">
      <h2 id="queues">Queues</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="card card-table table-scroll" tabIndex={0} aria-label="Table of the queues">
        <table>
          <thead>
            <tr>
              <th scope="col">Queue</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col" className="number">
                  {column}
                </th>
              ))}
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(queues).map(([name, numbers]) => (
              <QueueRow key={name} name={name} numbers={numbers} mayOperate={mayOperate} onChange={onChange} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function QueueRow({
  name,
  numbers,
  mayOperate,
  onChange,
}: {
  readonly name: string;
  readonly numbers: QueueNumbers;
  readonly mayOperate: boolean;
  readonly onChange: () => void;
}) {
  if ('error' in numbers) {
    return (
      <tr>
        <th scope="row">{name}</th>
        <td colSpan={COLUMNS.length + 1}>
          <span className="badge badge-bad">not readable</span> {numbers.error.message}
        </td>
      </tr>
    );
  }
  const { isPaused } = numbers;
  // The waiting jobs of a paused queue are counted as paused.
  const counts = { ...numbers, waiting: numbers.waiting + numbers.paused };
  const action = isPaused ? 'resume' : 'pause';
  return (
    <tr>
      <th scope="row">{name}</th>
      {COLUMNS.map((column) => (
        <td key={column} className="number">
          {column === 'failed' && counts.failed > 0 ? (
            <span className="badge badge-bad">{counts.failed}</span>
          ) : (
            counts[column]
          )}
        </td>
      ))}
      <td>
        <span className="row row-tight">
          {isPaused ? <span className="badge badge-warn">paused</span> : <span className="badge badge-good">runs</span>}
          {mayOperate ? (
            <ActButton
              path={`/${encodeURIComponent(name)}?action=${action}`}
              label={isPaused ? 'Resume' : 'Pause'}
              about={`queue ${name}`}
              onDone={onChange}
            />
          ) : null}
        </span>
      </td>
    </tr>
  );
}
