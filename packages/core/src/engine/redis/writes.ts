/**
 * Sends the commands of one turn of the event loop together.
 *
 * ioredis hands each command to the socket by itself, and each is a system call: a fifth of what Node spends on many
 * `add` under way at once, or on many jobs that end at once. The socket's own cork keeps what is written until the turn
 * is over; nothing waits longer than that, and the order stays. (Automatic pipelining of ioredis would do the same with
 * a promise, a map and a pipeline for each command, and costs more than it saves.)
 */
import type { Cluster, Redis } from 'ioredis';

/**
 * So many bytes are sent before the turn is over: Redis works on them while Node makes the rest. The first part of a turn is
 * small, as few commands would never fill a large one, and Node and Redis would wait for each other in turns. Each one behind
 * it is twice as long, as many small ones are system calls that nobody needs.
 */
const PART = { first: 1_500, most: 16_384 } as const;

/** Joins the writes of every connection of a client, now and after each reconnect. */
export function joinWrites(client: Redis | Cluster): void {
  if (isCluster(client)) {
    // It has one connection a node, each a client of its own.
    client.on('+node', joinWrites);
    return;
  }
  client.on('connect', () => corkTurns(client.stream));
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}

function corkTurns(socket: Redis['stream']): void {
  const write = socket.write.bind(socket);
  let corked = false;
  let scheduled = false;
  let part: number = PART.first;
  const uncork = () => {
    if (!corked) return;
    corked = false;
    socket.uncork();
  };
  const endTurn = () => {
    scheduled = false;
    part = PART.first;
    uncork();
  };
  // ioredis gives nothing but the chunk.
  socket.write = (chunk: string | Uint8Array) => {
    if (!corked) {
      corked = true;
      socket.cork();
    }
    if (!scheduled) {
      scheduled = true;
      // Runs when the loop has seen to all sockets that had something: what each of many requests writes is in it too.
      setImmediate(endTurn);
    }
    const isRoomLeft = write(chunk);
    if (socket.writableLength >= part) {
      part = Math.min(2 * part, PART.most);
      uncork();
    }
    return isRoomLeft;
  };
}
