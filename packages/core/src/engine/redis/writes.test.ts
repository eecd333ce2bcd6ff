import { Cluster, Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { parseRedisAddress } from './connection/address.js';
import { joinWrites, MANY } from './writes.js';

const COMMANDS = 400;

describe('the commands of one turn', () => {
  let client: Redis;
  beforeEach(async () => {
    client = new Redis(inject('redisUrl'));
    joinWrites(client);
    await client.ping();
  });
  afterEach(() => client.disconnect());

  it('are sent together, and answered in their order', async () => {
    const key = `joined-${Date.now()}`;
    const sent = writesOf(client);
    const answers = await Promise.all(Array.from({ length: COMMANDS }, () => client.incr(key)));
    expect(answers).toEqual(Array.from({ length: COMMANDS }, (_, index) => index + 1));
    expect(sent.length).toBeLessThanOrEqual(3);
    await client.del(key);
  });

  it('are sent in parts when they are many bytes, so that Redis does not wait for the last one', async () => {
    const sent = writesOf(client);
    const text = 'x'.repeat(1_000);
    const answers = await Promise.all(Array.from({ length: COMMANDS }, () => client.echo(text)));
    expect(new Set(answers)).toEqual(new Set([text]));
    expect(sent.length).toBeGreaterThan(10);
    expect(sent.length).toBeLessThan(COMMANDS / 10);
  });

  it('are sent at once when few are under way, so that Redis is not left without work', async () => {
    const sent = writesOf(client);
    await Promise.all(Array.from({ length: MANY }, () => client.ping()));
    expect(sent).toEqual([]);
  });

  it('are sent together also after the connection was lost', async () => {
    const lost = client.stream;
    const back = new Promise((resolve) => client.once('ready', resolve));
    lost.destroy();
    await back;
    expect(client.stream).not.toBe(lost);
    const sent = writesOf(client);
    await Promise.all(Array.from({ length: COMMANDS }, () => client.ping()));
    expect(sent.length).toBeLessThanOrEqual(2);
  });
});

it('a Cluster joins what goes to one node', async () => {
  const { nodes } = parseRedisAddress(inject('redisClusterUrl'));
  const cluster = new Cluster([...nodes]);
  try {
    joinWrites(cluster);
    const keys = Array.from({ length: COMMANDS }, (_, index) => `joined-${Date.now()}-${index}`);
    // Connects to each of the nodes.
    await Promise.all(keys.map((key, index) => cluster.set(key, index, 'PX', 10_000)));
    const sent = cluster.nodes('master').map(writesOf);
    expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(keys.map((_, index) => String(index)));
    for (const writes of sent) expect(writes.length).toBeLessThanOrEqual(2);
  } finally {
    cluster.disconnect();
  }
});

/** How many bytes each write to a client's socket has, from now on. */
function writesOf({ stream }: Redis): number[] {
  const sent: number[] = [];
  const uncork = stream.uncork.bind(stream);
  stream.uncork = () => {
    sent.push(stream.writableLength);
    uncork();
  };
  return sent;
}
