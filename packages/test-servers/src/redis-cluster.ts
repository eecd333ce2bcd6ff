/** A Redis Cluster of three masters, made of the same program. */
import { type RedisServer, startRedis } from './redis.js';

const SLOTS = 16_384;
const NODES = 3;

export interface RedisClusterServer {
  /** `redis-cluster://host:port,host:port,host:port` */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

export async function startRedisCluster(): Promise<RedisClusterServer> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', '--cluster-config-file', 'nodes.conf'];
  const nodes = await Promise.all(Array.from({ length: NODES }, () => startRedis({ args })));
  const [first] = nodes;
  await Promise.all(
    nodes.map((node, index) => {
      const [start, end] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / NODES));
      return node.command('CLUSTER', 'ADDSLOTSRANGE', String(start), String((end ?? 0) - 1));
    }),
  );
  for (const node of nodes.slice(1)) await first?.command('CLUSTER', 'MEET', '127.0.0.1', String(node.port));
  for (const node of nodes) {
    const end = Date.now() + 20_000;
    while (!(await knowsAll(node))) {
      if (Date.now() > end) throw new Error(`The cluster's node on port ${node.port} was not ready after 20 s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function knowsAll(node: RedisServer): Promise<boolean> {
  const info = await node.command('CLUSTER', 'INFO');
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_known_nodes:${NODES}`) &&
    info.includes(`cluster_size:${NODES}`)
  );
}
