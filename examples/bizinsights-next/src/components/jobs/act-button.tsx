'use client';

import { useState } from 'react';
import { anyShape, callMonitoring } from '@/lib/monitoring-client';

/** A button of one change through the monitoring API. What is refused is told beside it. */
export function ActButton({
  path,
  label,
  about,
  onDone,
}: {
  readonly path: string;
  readonly label: string;
  /** What is acted on, for screen readers: the label alone is the same in each row. */
  readonly about: string;
  readonly onDone: () => void;
}) {
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string>();
  const act = async () => {
    setPending(true);
    setError(undefined);
    try {
      await callMonitoring(path, anyShape, { method: 'POST' });
      onDone();
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      <button type="button" className="button" disabled={isPending} aria-label={`${label} ${about}`} onClick={act}>
        {label}
      </button>
      {error === undefined ? null : (
        <span role="alert" className="badge badge-bad">
          {error}
        </span>
      )}
    </>
  );
}
