/** A Redis, its replica, and the Sentinel that knows which of them is the master. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureRedis } from './install.js';
import { freePort } from './ports.js';
import { removeFolder, startServer, untilReady } from './process.js';
import { type RedisServer, sendCommand, startRedis } from './redis.js';

export interface RedisSentinelServer {
  /** `redis-sentinel://host:port/name` */
  readonly url: string;
  /** At first. */
  readonly master: RedisServer;
  /** Takes the place of the first one when that is killed by `killMaster`, or at `failOver`. */
  readonly replica: RedisServer;
  /** The server that the Sentinel takes for the master now. */
  currentMaster(): Promise<RedisServer>;
  /** Kills the server that is the master now. Resolves when the other one has taken its place. */
  killMaster(): Promise<void>;
  /** Has the Sentinel change the roles of two healthy servers, as an operator does. Resolves when it has begun. */
  failOver(): Promise<void>;
  /** How many connections hear of what the Sentinel does. */
  subscribers(): Promise<number>;
  stop(): Promise<void>;
}

/** How long a failover may take: a Sentinel that has lost seconds on a busy machine does nothing for 30 s. ms */
const FAIL_OVER_LIMIT = 90_000;

/**
 * How long a server may be silent before the Sentinel replaces it: long, as a server of a busy machine can be silent for
 * seconds, and what it has acknowledged meanwhile would be lost; short while its master is killed. ms
 */
const [PATIENT, PROMPT] = [60_000, 1_000];

export async function startRedisSentinel(): Promise<RedisSentinelServer> {
  // A replica that is made anew need not wait for others that may want the same copy.
  const promptly = ['--repl-diskless-sync-delay', '0'];
  const master = await startRedis({ args: promptly });
  const replica = await startRedis({ args: [...promptly, '--replicaof', '127.0.0.1', String(master.port)] });
  const dir = mkdtempSync(join(tmpdir(), 'bizinsights-sentinel-'));
  const port = await freePort();
  const config = join(dir, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds mymaster ${PATIENT}`,
    'sentinel failover-timeout mymaster 3000',
  ];
  writeFileSync(config, `${settings.join('\n')}\n`);
  const server = startServer({ command: ensureRedis(), args: [config, '--sentinel'], dir });
  const ask = (...words: string[]) => sendCommand(port, words);
  await untilReady(server, `sentinel on port ${port}`, async () => {
    try {
      // It can't change the roles before it knows the replica.
      return (await ask('SENTINEL', 'REPLICAS', 'mymaster')).includes(String(replica.port));
    } catch {
      return false;
    }
  });
  const currentMaster = async () => {
    const answer = await ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster');
    return answer.includes(`\r\n${replica.port}\r\n`) ? replica : master;
  };
  const waitFor = (limit: number) => ask('SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', String(limit));
  return {
    url: `redis-sentinel://127.0.0.1:${port}/mymaster`,
    master,
    replica,
    currentMaster,
    async killMaster() {
      const killed = await currentMaster();
      await waitFor(PROMPT);
      await killed.kill();
      const end = Date.now() + FAIL_OVER_LIMIT;
      while ((await currentMaster()) === killed) {
        if (Date.now() > end) throw new Error(`The Sentinel does not replace the killed master:\n${server.output()}`);
        await sleep(50);
      }
      await waitFor(PATIENT);
    },
    async failOver() {
      const end = Date.now() + FAIL_OVER_LIMIT;
      for (;;) {
        const answer = await ask('SENTINEL', 'FAILOVER', 'mymaster');
        if (answer.startsWith('+OK')) return;
        // It has not yet heard from the replica how good it is, or is still at the failover before.
        if (!/^-(NOGOODSLAVE|INPROG)/.test(answer) || Date.now() > end)
          throw new Error(`The Sentinel does not change the roles: ${answer.trim()}`);
        await sleep(50);
      }
    },
    async subscribers() {
      return (await ask('CLIENT', 'LIST')).match(/ sub=[1-9]/g)?.length ?? 0;
    },
    async stop() {
      await server.end('SIGKILL');
      await Promise.all([master.stop(), replica.stop()]);
      removeFolder(dir);
    },
  };
}
