/** Spreads the queues of a process over connections on which they wait for jobs, and gives BullMQ their waits. */
import { randomUUID } from 'node:crypto';
import type { IQueueBackend } from 'bullmq';
import type { RedisClient } from '../connection/client.js';
import { type Member, WaitGroup, type WaitGroupOptions } from './group.js';

/** A command that blocks for more keys costs Redis more, each time it is sent. */
const QUEUES_OF_A_GROUP = 16;

export interface WaitsOptions extends Pick<WaitGroupOptions, 'close' | 'onError'> {
  /** Where the keys of ours begin. */
  readonly own: string;
  /** The keys of one command are in one slot then: each queue has a connection of its own. */
  readonly isCluster: boolean;
  /** A connection that does nothing but wait. `queue` is the first of its queues, `client` that of its workers. */
  readonly open: (client: RedisClient, queue: string) => RedisClient;
}

/** The waits of a queue's worker. */
export interface QueueWaits extends Member {
  readonly queue: string;
}

/** All waits of an engine. */
export interface Waits {
  /**
   * Changes a backend that has no connection for blocking commands. Answers the same backend.
   *
   * The connection is opened with the first wait of a group, and closed with its last worker.
   */
  share(backend: IQueueBackend, waits: QueueWaits): IQueueBackend;
}

export function createWaits({ own, isCluster, open, ...others }: WaitsOptions): Waits {
  const groups = new Set<WaitGroup>();
  const groupFor = ({ client, queue }: QueueWaits): WaitGroup => {
    const free = isCluster ? undefined : [...groups].find((group) => group.size < QUEUES_OF_A_GROUP);
    if (free) return free;
    const base = isCluster ? `${own}{${queue}}:waits:` : `${own}waits:`;
    const group = new WaitGroup({ wakeKey: base + randomUUID(), open: () => open(client, queue), ...others });
    groups.add(group);
    return group;
  };
  return {
    share(backend, waits) {
      const group = groupFor(waits);
      group.join(waits);
      const leave = () => {
        group.leave(waits);
        if (group.size === 0) groups.delete(group);
      };
      const closeBackend = backend.close.bind(backend);
      const disconnect = backend.disconnect.bind(backend);
      return Object.assign(backend, {
        waitForJob: (seconds: number) => group.wait(waits, seconds),
        disconnectBlocking: () => group.interrupt(waits),
        // A wait that follows needs no preparation.
        reconnectBlocking: async () => undefined,
        close(force?: boolean) {
          leave();
          return closeBackend(force);
        },
        disconnect() {
          leave();
          return disconnect();
        },
      });
    },
  };
}
