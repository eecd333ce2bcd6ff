'use client';

import { useRouter } from 'next/navigation';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef } from 'react';
import { z } from 'zod';
import { callMonitoring, jobsShape, type MonitoredJob } from '@/lib/monitoring-client';
import { JobProgress } from './job-progress';
import { useMonitoring } from './use-monitoring';

const SyncsContext = createContext<readonly MonitoredJob[]>([]);

/** Watches the syncs of the organization for all cards of the page, and reads the page again when one ends. */
export function SyncsProvider({ children }: { readonly children: ReactNode }) {
  const { value: syncs = [] } = useMonitoring(useCallback(readSyncs, []));
  const router = useRouter();
  const running = syncs.map(({ id }) => id).join(' ');
  const before = useRef(running);
  useEffect(() => {
    if (before.current === running) return;
    before.current = running;
    router.refresh();
  }, [running, router]);
  return <SyncsContext value={syncs}>{children}</SyncsContext>;
}

/** The sync of one integration while it waits or runs. */
export function SyncProgress({ integrationId, name }: { readonly integrationId: string; readonly name: string }) {
  const syncs = useContext(SyncsContext).filter((job) => integrationOf(job) === integrationId);
  const sync = syncs.find(({ state }) => state === 'active') ?? syncs[0];
  return sync ? <JobProgress job={sync} label={`Progress of the sync of ${name}`} /> : null;
}

async function readSyncs(signal: AbortSignal): Promise<MonitoredJob[]> {
  const pages = await Promise.all(
    ['active', 'waiting', 'delayed'].map((state) =>
      callMonitoring(`/data-sync/jobs?state=${state}&limit=100`, jobsShape, { signal }),
    ),
  );
  // Planned runs of schedules are delayed jobs too: a sync that is put off has begun before.
  return pages.flatMap(({ jobs }) => jobs).filter(({ state, startedAt }) => state !== 'delayed' || startedAt !== undefined);
}

const syncData = z.object({ integrationId: z.string() });

function integrationOf({ data }: MonitoredJob): string | undefined {
  return syncData.safeParse(data).data?.integrationId;
}
