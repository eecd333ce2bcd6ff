/**
 * How one of many equal jobs is added on BullMQ, which can't ask for an earlier job and add one in a single step.
 *
 * The store keeps the id of the last job of each key. Who finds none that can be reused claims the key for its own id, in
 * one step, and then adds the job. Whoever finds a claim whose job is not there yet adds that job too, with the claimed id:
 * an id is added once, so that they add one job, and none is missing when the first of them dies on the way. A claim is
 * confirmed when its job has been added: if the job is gone later, it was removed, and is not added again.
 */
import type { NewJob } from '../contract.js';
import type { ClaimedJob, QueueStore, ReuseClaim } from './queue-store.js';

/** A claim that is not confirmed after so long, and has no job, was given up. ms */
export const CLAIM_PATIENCE = 30_000;

/** Adds jobs of which some may be reused, by `add` for those that have to be added, and answers their ids in order. */
export async function addReusable(
  jobs: readonly NewJob[],
  store: QueueStore,
  add: (jobs: readonly NewJob[]) => Promise<string[]>,
): Promise<string[]> {
  const claims = await claimAll(jobs, store);
  const missing = new Map<string, { readonly job: NewJob; readonly key: string | undefined }>();
  const ids = jobs.map(({ reuse, ...job }) => {
    const { id, exists } = (reuse && claims.get(reuse.key)) ?? { id: job.id, exists: false };
    if (!exists && !missing.has(id)) missing.set(id, { job: { ...job, id }, key: reuse?.key });
    return id;
  });
  const adding = [...missing.values()];
  const added = await add(adding.map(({ job }) => job));
  const addedIds = new Map(adding.map(({ job }, index) => [job.id, added[index] ?? job.id]));
  await Promise.all(adding.map(({ job, key }) => key !== undefined && store.confirmReuse(key, job.id)));
  return ids.map((id) => addedIds.get(id) ?? id);
}

/** By their keys: each for the first of its jobs, and with what suits all of them. */
async function claimAll(jobs: readonly NewJob[], store: QueueStore): Promise<ReadonlyMap<string, ClaimedJob>> {
  const wanted = new Map<string, ReuseClaim>();
  for (const { id, reuse } of jobs) {
    if (!reuse) continue;
    const { key, maxAge, keptFor } = reuse;
    const first = wanted.get(key);
    wanted.set(key, {
      key,
      id: first?.id ?? id,
      maxAge: Math.min(maxAge, first?.maxAge ?? maxAge),
      keptFor: Math.max(keptFor, first?.keptFor ?? keptFor),
    });
  }
  const claims = [...wanted.values()];
  const claimed = await Promise.all(claims.map((claim) => store.claimReuse(claim)));
  return new Map(claims.flatMap(({ key }, index) => (claimed[index] ? [[key, claimed[index]]] : [])));
}
