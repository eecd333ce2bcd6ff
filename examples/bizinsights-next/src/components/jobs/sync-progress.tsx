'use client';

import { useRouter } from 'next/navigation';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef } from 'react';
import { z } from 'zod';
import { listJobs, type MonitoredJob } from '@/lib/monitoring-client';
import { JobProgress } from './job-progress';
import { useMonitoring } from './use-monitoring';

const SyncsContext = createContext<readonly MonitoredJob[]>([]);

/** Watches the syncs of the organization for all cards of the page, and reads the page again when one begins or ends. */
export function SyncsProvider({ children }: { readonly children: ReactNode }) {
  const { value } = useMonitoring(useCallback(readSyncs, []));
  const { syncs, ended } = value ?? NOTHING_READ;
  const router = useRouter();
  // A short sync may begin and end between two looks: it shows in the one that has ended last.
  const state = [...syncs.map(({ id }) => id), ...ended].join(' ');
  const before = useRef('');
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    router.refresh();
  }, [state, router]);
  return <SyncsContext value={syncs}>{children}</SyncsContext>;
}

interface Syncs {
  readonly syncs: readonly MonitoredJob[];
  /** Which have ended last, and when. */
  readonly ended: readonly string[];
}

const NOTHING_READ: Syncs = { syncs: [], ended: [] };

/** The sync of one integration while it waits or runs. */
export function SyncProgress({ integrationId, name }: { readonly integrationId: string; readonly name: string }) {
  const syncs = useContext(SyncsContext).filter((job) => integrationOf(job) === integrationId);
  const sync = syncs.find(({ state }) => state === 'active') ?? syncs[0];
  return sync ? <JobProgress job={sync} label={`Progress of the sync of ${name}`} /> : null;
}

async function readSyncs(signal: AbortSignal): Promise<Syncs> {
  const list = (state: string, limit: number) => listJobs('data-sync', state, { limit, signal });
  const [unfinished, finished] = await Promise.all([
    Promise.all(['active', 'waiting', 'delayed'].map((state) => list(state, 100))),
    Promise.all(['completed', 'failed'].map((state) => list(state, 1))),
  ]);
  return {
    // Planned runs of schedules are delayed jobs too: a sync that is put off has begun before.
    syncs: unfinished.flat().filter(({ state, startedAt }) => state !== 'delayed' || startedAt !== undefined),
    ended: finished.flat().map(({ id, finishedAt }) => `${id}@${finishedAt}`),
  };
}

const syncData = z.object({ integrationId: z.string() });

function integrationOf({ data }: MonitoredJob): string | undefined {
  return syncData.safeParse(data).data?.integrationId;
}
