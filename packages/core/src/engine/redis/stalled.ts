/**
 * Jobs whose worker has died are taken back a part at a time.
 *
 * BullMQ's script takes all of them back, and looks for each in the list of running jobs: with 10,000 Redis serves no others
 * else for a third of a second. What is more than a part is kept aside before it, and looked at by further calls.
 */
import type { IQueueBackend } from 'bullmq';
import { STALLED_PART } from './scripts/index.js';

export const STALLED_SCRIPTS = {
  bizinsightsStalledPart: { numberOfKeys: 3, lua: STALLED_PART },
} as const;

/**
 * Changes a backend. Answers the same backend.
 *
 * @param call the script, on the connection of the backend: what is sent together is done in its order
 */
export function recoverFewAtOnce(
  backend: IQueueBackend,
  call: (name: keyof typeof STALLED_SCRIPTS, ...args: string[]) => Promise<unknown>,
  { base, aside }: { readonly base: string; readonly aside: string },
): IQueueBackend {
  const keys = [`${base}stalled`, `${base}stalled-check`, aside];
  const recover = backend.moveStalledJobsToWait.bind(backend);
  backend.moveStalledJobsToWait = async () => {
    const [first, ids] = await Promise.all([call('bizinsightsStalledPart', ...keys, '1'), recover()]);
    if (first !== 1) return ids;
    const recovered = [...ids];
    while ((await call('bizinsightsStalledPart', ...keys, '0')) === 1) recovered.push(...(await recover()));
    return recovered;
  };
  return backend;
}
