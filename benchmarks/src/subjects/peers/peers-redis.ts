/** bee-queue and groupmq on the same Redis. */
import { bundleSide } from '../../bundle-side.js';
import { addingTasks, comparePeers, type Peer, type PeerTask, processingTasks } from '../../peers.js';
import type { Variant } from '../../side.js';
import type { Subject } from '../../subject.js';

const GOALS = { beeQueue: 0.6, groupmq: 1 } as const;

export const peersRedis: Subject = {
  name: 'peers-redis',
  about: 'bee-queue and groupmq on the same Redis: adding and running jobs',
  async run(bench) {
    const by = { program: await bundleSide('benchmarks') };
    const rounds = bench.size(10, 3);
    const sizes = { oneByOne: 3_000, inFlight: 10_000, bulk: 10_000, processed: [2_000, 10_000] } as const;
    const jobs = await bench.open('jobs');
    const peers = [
      { name: 'bee-queue', side: await bench.open('bee-queue', {}, by), goal: GOALS.beeQueue },
      { name: 'groupmq', side: await bench.open('groupmq', {}, by), goal: GOALS.groupmq },
    ];
    const groupmqWith = async (name: string, variant: Variant) => [
      { name: `groupmq, ${name}`, side: await bench.open('groupmq', { variant }, by), goal: GOALS.groupmq },
    ];
    const clean = () => bench.flush();
    const adding = addingTasks(sizes, rounds);
    // Only where many come at once: a single job would wait for its batch.
    const inFlight = adding.filter(({ task }) => task.kind === 'add' && task.inFlight > 1);
    // It pauses behind one of ten jobs that no other of their group follows: fewer, and once.
    const apart = processingTasks({ ...sizes, processed: [0, 2_000] }, bench.size(5, 1)).filter(
      ({ task }) => task.kind === 'process' && task.concurrency === 10,
    );
    const compare = (others: readonly Peer[], tasks: readonly PeerTask[]) =>
      comparePeers(bench, { jobs, peers: others, tasks, clean });
    const rows = [
      ...(await compare(peers, [...adding, ...processingTasks(sizes, rounds)])),
      ...(await compare(await groupmqWith('autoBatch', 'auto-batch'), inFlight)),
      ...(await compare(await groupmqWith('a group a job', 'own-groups'), apart)),
    ];
    await bench.close();
    return rows;
  },
};
