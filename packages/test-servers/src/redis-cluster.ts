/** A Redis Cluster of three masters, made of the same program; with replicas where a master is to be lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedis } from './redis.js';

const SLOTS = 16_384;
const MASTERS = 3;

export interface RedisClusterOptions {
  /** Each master has one replica, which takes its place when it is gone. Default false. */
  readonly replicas?: boolean;
  /** A node that has not been heard of for so long counts as gone. ms, default 5,000. */
  readonly nodeTimeout?: number;
}

export interface RedisClusterServer {
  /** `redis-cluster://host:port,host:port,host:port` */
  readonly url: string;
  /** The masters at first, and behind them their replicas. */
  readonly nodes: readonly RedisServer[];
  /** The masters of now. */
  masters(): Promise<RedisServer[]>;
  /** The replicas of now that are in line with their masters, and could take their places. */
  replicas(): Promise<RedisServer[]>;
  /** The master that has a slot. */
  ownerOf(slot: number): Promise<RedisServer>;
  /** Moves a slot with its keys to another master, as resharding does: key by key, while clients use them. */
  moveSlot(slot: number, to: RedisServer): Promise<void>;
  /** Waits until all slots are served and, where there are replicas, each master has one that is in line. */
  healthy(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisClusterServer> {
  const { replicas: hasReplicas = false, nodeTimeout = 5_000 } = options;
  const args = [
    ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'],
    ...['--cluster-node-timeout', String(nodeTimeout), '--repl-diskless-sync-delay', '0'],
  ];
  const count = hasReplicas ? 2 * MASTERS : MASTERS;
  const nodes = await Promise.all(Array.from({ length: count }, () => startRedis({ args })));
  const [first] = nodes;
  if (!first) throw new Error('A cluster needs nodes');
  await Promise.all(
    nodes.slice(0, MASTERS).map((node, index) => {
      const [start, end] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS));
      return node.command('CLUSTER', 'ADDSLOTSRANGE', String(start), String((end ?? 0) - 1));
    }),
  );
  for (const node of nodes.slice(1)) await first.command('CLUSTER', 'MEET', '127.0.0.1', String(node.port));
  for (const node of nodes)
    await until(`The cluster's node on port ${node.port} was not ready`, () => knowsAll(node, count));
  for (const [index, replica] of nodes.slice(MASTERS).entries()) {
    const master = nodes[index];
    if (master) await send(replica, 'CLUSTER', 'REPLICATE', await idOf(master));
  }

  const byRole = async (wanted: (role: string) => boolean) => {
    const roles = await Promise.all(nodes.map(roleOf));
    return nodes.filter((_, index) => wanted(roles[index] ?? ''));
  };
  const cluster: RedisClusterServer = {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    masters: () => byRole((role) => role === 'master'),
    replicas: () => byRole((role) => role === 'replica in line'),
    ownerOf: async (slot) => ownerOf(slot, await cluster.masters()),
    async moveSlot(slot, to) {
      const masters = await cluster.masters();
      const target = await idOf(to);
      const from = await ownerOf(slot, masters);
      if (from === to) return;
      await send(to, 'CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', await idOf(from));
      await send(from, 'CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', target);
      for (;;) {
        const keys = bulks(await send(from, 'CLUSTER', 'GETKEYSINSLOT', String(slot), '10'));
        if (keys.length === 0) break;
        await send(from, 'MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
      }
      // The new owner first, so that nobody is ever without one.
      for (const node of [to, from, ...masters.filter((one) => one !== from && one !== to)])
        await send(node, 'CLUSTER', 'SETSLOT', String(slot), 'NODE', target);
    },
    async healthy() {
      await until('The cluster was not whole', async () => {
        const [states, replicas] = await Promise.all([Promise.all(nodes.map(isWhole)), cluster.replicas()]);
        return states.every(Boolean) && replicas.length === count - MASTERS;
      });
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
  if (hasReplicas) await cluster.healthy();
  return cluster;
}

async function until(problem: string, condition: () => Promise<boolean>, limit = 60_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${problem} after ${limit / 1_000} s`);
    await sleep(50);
  }
}

/** @throws for an answer that is an error */
async function send(node: RedisServer, ...words: string[]): Promise<string> {
  const answer = await node.command(...words);
  if (answer.startsWith('-')) throw new Error(`${words.join(' ')} on port ${node.port}: ${answer.trim()}`);
  return answer;
}

/** The texts of an answer that is one text, or a list of them. */
function bulks(answer: string): string[] {
  return answer.split('\r\n').filter((line, index, lines) => lines[index - 1]?.startsWith('$') && line !== '');
}

async function idOf(node: RedisServer): Promise<string> {
  return bulks(await send(node, 'CLUSTER', 'MYID'))[0] ?? '';
}

async function ownerOf(slot: number, masters: readonly RedisServer[]): Promise<RedisServer> {
  for (const master of masters) {
    const [, , ...slots] =
      (await send(master, 'CLUSTER', 'NODES'))
        .split('\n')
        .find((line) => line.includes('myself'))
        ?.split(' ')
        .slice(6) ?? [];
    const ranges = slots.filter((range) => !range.startsWith('[')).map((range) => range.split('-').map(Number));
    if (ranges.some(([start = 0, end = start]) => start <= slot && slot <= end)) return master;
  }
  throw new Error(`No master has slot ${slot}`);
}

/** `master`, `replica`, `replica in line`; empty for a node that does not answer. */
async function roleOf(node: RedisServer): Promise<string> {
  try {
    const info = await node.command('INFO', 'replication');
    if (info.includes('role:master')) return 'master';
    return info.includes('master_link_status:up') ? 'replica in line' : 'replica';
  } catch {
    return '';
  }
}

async function isWhole(node: RedisServer): Promise<boolean> {
  try {
    return (await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok');
  } catch {
    return false;
  }
}

async function knowsAll(node: RedisServer, count: number): Promise<boolean> {
  const info = await node.command('CLUSTER', 'INFO');
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_known_nodes:${count}`) &&
    info.includes(`cluster_size:${MASTERS}`)
  );
}
