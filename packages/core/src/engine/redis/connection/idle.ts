/**
 * Lets a process end whose connections are open and idle: a script that adds a job need not close its jobs.
 *
 * A connection keeps the process alive only while an answer is awaited on it. A caller that waits for the connection
 * itself does so with a timer of its own, which is why the timer of the next attempt to connect need not.
 */
import type { Cluster, Redis } from 'ioredis';

/** For every connection of a client, now and after each reconnect. */
export function letProcessEnd(client: Redis | Cluster): void {
  client.on('reconnecting', () => unrefReconnect(client));
  if (!isCluster(client)) {
    client.on('connect', () => unrefWhenIdle(client));
    return;
  }
  client.on('+node', letProcessEnd);
  onSubscriber(client, letProcessEnd);
}

function unrefWhenIdle(client: Redis): void {
  const { stream } = client;
  const write = stream.write.bind(stream);
  let isIdle = false;
  // ioredis gives nothing but the chunk.
  stream.write = (chunk: string | Uint8Array) => {
    if (isIdle) stream.ref();
    isIdle = false;
    return write(chunk);
  };
  // ioredis listens from before, and has taken the answers out of its queue.
  stream.on('data', () => {
    if (isIdle || client.commandQueue.length > 0) return;
    isIdle = true;
    stream.unref();
  });
}

/** ioredis sets the timer in the turn in which it emits `reconnecting`, before the listeners run. */
function unrefReconnect(client: Redis | Cluster): void {
  const timer: unknown = Reflect.get(client, 'reconnectTimeout');
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
}

/** A Cluster client always holds one more connection, for subscriptions, and chooses another node when that is lost. */
function onSubscriber(client: Cluster, listener: (subscriber: Redis) => void): void {
  const subscriber: unknown = Reflect.get(client, 'subscriber');
  if (typeof subscriber !== 'object' || subscriber === null) return;
  const select: unknown = Reflect.get(subscriber, 'selectSubscriber');
  if (typeof select !== 'function') return;
  Object.assign(subscriber, {
    selectSubscriber() {
      Reflect.apply(select, subscriber, []);
      const chosen: Redis | null = Reflect.get(subscriber, 'subscriber');
      if (chosen) listener(chosen);
    },
  });
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster;
}
