/** One worker that makes the insights of one organization after the other: the time of each, and the memory that is kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { type InsightStore, insightsProcessor, insightsQueue } from '@bizinsights/jobs-insights';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import { ShopSource } from '../../insights/shop-source.js';
import type { Subject } from '../../subject.js';
import { count, megabytes } from '../../table.js';

const CHECKPOINTS = [100, 500, 1_000];
const QUICK_CHECKPOINTS = [5, 10, 20];

/** What is kept of each of the last half of the organizations would show as more than this. Bytes. */
const ALLOWED_GROWTH = 8 * 2 ** 20;

const THREE_YEARS = 1_095;

/** What a host's store keeps is the store's own: here nothing is. */
const keepsNothing: InsightStore = {
  claim: async () => true,
  release: async () => undefined,
  save: async () => new Map(),
  told: async () => [],
};

export const insightsOrganizations: Subject = {
  name: 'insights-organizations',
  about: 'insights of 1,000 organizations of three years in one worker: heap, and time of each',
  async run(bench) {
    const checkpoints = bench.quick ? QUICK_CHECKPOINTS : CHECKPOINTS;
    const last = checkpoints.at(-1) ?? 0;
    bench.say(`insights-organizations: ${count(last)} organizations, ${checkpoints.map(count).join(', ')}`);
    const sandbox = await startSandbox({ platforms: [], days: THREE_YEARS });
    const source = new ShopSource(sandbox, ['shopify', 'google-analytics', 'facebook-ads']);
    await source.refresh();
    // Reading the shop is the sandbox's time. Each organization gets days of its own, as from a store.
    const metrics = {
      calendar: () => source.calendar(),
      daily: (...args: Parameters<ShopSource['daily']>) => source.daily(...args),
      breakdown: (...args: Parameters<ShopSource['breakdown']>) => source.breakdown(...args),
      coverage: () => source.coverage(),
      refresh: async () => undefined,
    };
    const rows: { readonly after: number; readonly heap: number; readonly perOrganization: number }[] = [];
    const collect = collector();
    let started = process.cpuUsage();
    let begun = 0;
    try {
      for (let organization = 1; organization <= last; organization++) {
        // The jobs in memory are a test's: each organization has its own, so that theirs are not measured.
        const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], now: sandbox.now() });
        jobs.registerProcessor(insightsProcessor({ metrics, insights: keepsNothing, now: jobs.clock.now }));
        await jobs.queue(insightsQueue).add({ organizationId: `organization-${organization}`, period: '30d' });
        const { completed } = await jobs.drain();
        await jobs.close();
        if (completed !== 1) throw new Error(`Organization ${organization} has no insights`);
        if (!checkpoints.includes(organization)) continue;
        const { user, system } = process.cpuUsage(started);
        collect();
        const heap = process.memoryUsage().heapUsed;
        const perOrganization = (user + system) / 1_000 / (organization - begun);
        bench.say(`  ${count(organization)}: heap ${megabytes(heap)} MB, ${perOrganization.toFixed(0)} ms each`);
        rows.push({ after: organization, heap, perOrganization });
        started = process.cpuUsage();
        begun = organization;
      }
    } finally {
      await sandbox.close();
    }
    const [middle, end] = [rows.at(-2)?.heap ?? 0, rows.at(-1)?.heap ?? 0];
    if (end - middle > ALLOWED_GROWTH) {
      throw new Error(`The heap grew from ${megabytes(middle)} to ${megabytes(end)} MB: something of each is kept`);
    }
    return rows.map(({ after, heap, perOrganization }) => ({
      subject: `insights of ${count(after)} organizations`,
      jobs: `heap ${megabytes(heap)} MB, ${perOrganization.toFixed(0)} ms of processor time each`,
      ...(after === last ? { goal: 'flat' } : {}),
    }));
  },
};

/** A full collection, whatever Node was started with. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('This Node has no collector to call');
  return () => collect();
}
