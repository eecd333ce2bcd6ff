/**
 * Lets `connect` of a Cluster client come to an end.
 *
 * ioredis's own promise is of one attempt, and is forgotten where the nodes answer and say `cluster_state:fail`, as they
 * do between the end of a master and the promotion of its replica. ioredis tries again and the client is ready, but
 * whoever awaits `connect` waits for ever. BullMQ awaits it before it waits for the next job: a worker without a job at
 * that moment never took one again.
 */
import type { Cluster, Redis } from 'ioredis';

export function settleConnects(client: Redis | Cluster): void {
  if (!isCluster(client)) return;
  const connect = client.connect.bind(client);
  /** Of all attempts until then: there may be many. */
  let next: Promise<void> | undefined;
  const nextReady = () => {
    next ??= untilReady(client).finally(() => {
      next = undefined;
    });
    return next;
  };
  Object.assign(client, { connect: () => Promise.race([connect(), nextReady()]) });
}

function untilReady(client: Cluster): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      client.off('ready', onReady);
      client.off('end', onEnd);
      finish();
    };
    const onReady = () => settle(resolve);
    const onEnd = () => {
      // The end of what was before: it is told when the next attempt has begun.
      if (client.status !== 'connecting') settle(() => reject(new Error('Connection is closed.')));
    };
    client.on('ready', onReady);
    client.on('end', onEnd);
  });
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}
