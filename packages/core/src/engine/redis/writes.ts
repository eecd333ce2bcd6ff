/**
 * Sends the commands of one turn of the event loop together, where they are many.
 *
 * ioredis hands each command to the socket by itself, and each is a system call: a fifth of what Node spends on many
 * `add` under way at once. The socket's own cork keeps what is written until the turn is over; nothing waits longer
 * than that, and the order stays. (Automatic pipelining of ioredis would do the same with a promise, a map and a pipeline
 * for each command, and costs more than it saves.)
 *
 * Where few are under way, a command that waits for others leaves Redis without work, and to wake it costs more than a system
 * call. So the ends of a worker's jobs are never held back: at a concurrency of 5 to 200 that was a tenth slower.
 */
import type { Cluster, Redis } from 'ioredis';

/**
 * Commands under way from which on the next ones are sent together. Requests of a web process come one by one, with few
 * under way each time: with 64, webhooks over 50 connections were a fifth slower.
 */
export const MANY = 4;

/** So many bytes are sent before the turn is over: Redis works on them while Node makes the rest. */
const PART = 16_384;

/** Joins the writes of every connection of a client, now and after each reconnect. */
export function joinWrites(client: Redis | Cluster): void {
  if (isCluster(client)) {
    // It has one connection a node, each a client of its own.
    client.on('+node', joinWrites);
    return;
  }
  client.on('connect', () => corkTurns(client));
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}

function corkTurns(client: Redis): void {
  const socket = client.stream;
  const write = socket.write.bind(socket);
  let corked = false;
  const uncork = () => {
    if (!corked) return;
    corked = false;
    socket.uncork();
  };
  // ioredis gives nothing but the chunk.
  socket.write = (chunk: string | Uint8Array) => {
    if (!corked) {
      if (client.commandQueue.length < MANY) return write(chunk);
      corked = true;
      socket.cork();
      // Runs when the loop has seen to all sockets that had something: what each of many requests writes is in it too.
      setImmediate(uncork);
    }
    const isRoomLeft = write(chunk);
    if (socket.writableLength >= PART) uncork();
    return isRoomLeft;
  };
}
