/** bee-queue and groupmq on the same Redis. */
import { bundleSide } from '../bundle-side.js';
import { addingTasks, comparePeers, processingTasks } from '../peers.js';
import type { Subject } from '../subject.js';

const GOALS = { beeQueue: 0.6, groupmq: 1 } as const;

export const peersRedis: Subject = {
  name: 'peers-redis',
  about: 'bee-queue and groupmq on the same Redis: adding and running jobs',
  async run(bench) {
    const peer = { program: await bundleSide('benchmarks') };
    const rounds = bench.size(10, 3);
    const sizes = { oneByOne: 3_000, inFlight: 10_000, bulk: 10_000, processed: [2_000, 10_000] } as const;
    const jobs = await bench.open('jobs');
    const beeQueue = { name: 'bee-queue', side: await bench.open('bee-queue', {}, peer), goal: GOALS.beeQueue };
    const groupmq = { name: 'groupmq', side: await bench.open('groupmq', {}, peer), goal: GOALS.groupmq };
    const clean = () => bench.flush();
    const tasks = [...addingTasks(sizes, rounds), ...processingTasks(sizes, rounds)];
    const rows = await comparePeers(bench, { jobs, peers: [beeQueue, groupmq], tasks, clean });
    await bench.close();
    return rows;
  },
};
