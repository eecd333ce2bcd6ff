'use client';

import { useCallback } from 'react';
import type { Formats } from '@/lib/figures/format';
import { callMonitoring, listJobs, type MonitoredJob, queuesShape, schedulesShape } from '@/lib/monitoring-client';
import { FailedJobs } from './failed-jobs';
import { QueueTable } from './queue-table';
import { RunningJobs } from './running-jobs';
import { ScheduleTable } from './schedule-table';
import { useMonitoring } from './use-monitoring';

/** Shown of each list. */
const SHOWN = 20;

/** All that the jobs page shows, live. */
export function JobsBoard({
  formats,
  mayOperate,
  scheduleNames,
}: {
  readonly formats: Formats;
  readonly mayOperate: boolean;
  /** What schedules are called, by their keys. */
  readonly scheduleNames: Readonly<Record<string, string>>;
}) {
  const { value, error, reload } = useMonitoring(useCallback(readBoard, []));
  return (
    <>
      {error === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          The jobs could not be read: {error}. The page tries again by itself.
        </p>
      )}
      {value === undefined ? (
        <div role="status" className="stack">
          <span className="visually-hidden">Loading…</span>
          <div className="skeleton" />
          <div className="skeleton" />
        </div>
      ) : (
        <>
          <QueueTable queues={value.queues} mayOperate={mayOperate} onChange={reload} />
          <RunningJobs jobs={value.running} formats={formats} />
          <FailedJobs jobs={value.failed} formats={formats} mayOperate={mayOperate} onChange={reload} />
          <ScheduleTable
            schedules={value.schedules}
            names={scheduleNames}
            formats={formats}
            mayOperate={mayOperate}
            onChange={reload}
          />
        </>
      )}
    </>
  );
}

async function readBoard(signal: AbortSignal) {
  const [{ queues }, { schedules }] = await Promise.all([
    callMonitoring('/monitoring', queuesShape, { signal }),
    callMonitoring('/schedules?limit=200', schedulesShape, { signal }),
  ]);
  const names = Object.keys(queues);
  const list = async (state: string) =>
    (await Promise.all(names.map((name) => listJobs(name, state, { limit: SHOWN, signal })))).flat();
  const [running, failed] = await Promise.all([list('active'), list('failed')]);
  return { queues, schedules, running: running.toSorted(byStart), failed: failed.toSorted(byEnd).slice(0, SHOWN) };
}

function byStart(one: MonitoredJob, other: MonitoredJob): number {
  return (other.startedAt ?? 0) - (one.startedAt ?? 0);
}

function byEnd(one: MonitoredJob, other: MonitoredJob): number {
  return (other.finishedAt ?? 0) - (one.finishedAt ?? 0);
}
