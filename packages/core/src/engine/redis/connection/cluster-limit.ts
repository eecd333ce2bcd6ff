/**
 * Limits how long a Cluster looks for the node that carries a command out.
 *
 * ioredis waits for a failover, asks the other nodes, and begins anew: it counts how often, and not how long. Its own
 * `commandTimeout` counts the time in which a command stands in a long line as well, with answers coming all the while.
 */
import type { Cluster, Redis } from 'ioredis';
import { silenceOf } from '../silence.js';

/** How a command fares. */
interface Fate {
  node: Redis;
  sentAt: number;
  /** For how long no node has worked on it, ms, up to `seenAt`. */
  stuck: number;
  seenAt: number;
}

type Send = Redis['sendCommand'];
type Command = Parameters<Send>[0];

/** Looks at a command in a limit. */
const LOOKS = 8;

/** Where ioredis keeps the timer of a command, which it ends with the command. */
const TIMER = '_commandTimeoutTimer';

/** Rejects a command for which no node has done anything for `limit` ms. */
export function limitCluster(client: Redis | Cluster, limit: number): void {
  if (!client.isCluster) return;
  const step = limit / LOOKS;
  const fates = new WeakMap<Command, Fate>();

  /** Time in which our own event loop stood still counts as two steps at most. */
  const age = (fate: Fate) => {
    const now = performance.now();
    fate.stuck += Math.min(now - fate.seenAt, 2 * step);
    fate.seenAt = now;
  };
  const look = (command: Command, fate: Fate) => {
    age(fate);
    // A silent connection is ended by who watches it; on one that stands, the command's turn will come.
    if (fate.node.status === 'ready' && fate.seenAt - fate.sentAt >= step) fate.stuck = 0;
    if (fate.stuck >= limit) command.reject(timedOut());
    else arm(command, fate);
  };
  const arm = (command: Command, fate: Fate) => {
    const timer = setTimeout(() => {
      // What has come meanwhile is read first.
      setImmediate(() => {
        if (Reflect.get(command, TIMER) === timer) look(command, fate);
      });
    }, step);
    Reflect.set(command, TIMER, timer);
  };
  /** Whether the command is to be sent to a node, now or once more. */
  const mayGo = (command: Command, node: Redis): boolean => {
    const now = performance.now();
    const fate = fates.get(command);
    if (!fate) {
      const first = { node, sentAt: now, stuck: 0, seenAt: now };
      fates.set(command, first);
      arm(command, first);
      return true;
    }
    age(fate);
    // The silence that has ended its connection counts; what is left is for the other nodes.
    if (fate.node !== node) fate.stuck = Math.max(fate.stuck, Math.min(silenceOf(fate.node), 0.75 * limit));
    if (fate.stuck >= limit) return false;
    fate.node = node;
    fate.sentAt = now;
    if (Reflect.get(command, TIMER) === undefined) arm(command, fate);
    return true;
  };

  client.on('+node', (node: Redis) => {
    const send = node.sendCommand.bind(node);
    const limited: Send = (command, stream) => {
      if (mayGo(command, node)) return send(command, stream);
      command.reject(timedOut());
      return command.promise;
    };
    Object.assign(node, { sendCommand: limited });
  });
}

function timedOut(): Error {
  return new Error('Command timed out');
}
