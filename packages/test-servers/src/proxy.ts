/** Stands before a server, and does to its connections what networks do: delays, holds, swallows and cuts them. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.js';

export interface FaultyProxy {
  readonly port: number;
  /** Holds all bytes back, of the connections that are there and of new ones, which are taken. */
  pause(): void;
  /** Lets the bytes go on that were held back. */
  resume(): void;
  /** Brings each byte so many ms later, in order. 0: at once, as at the start. */
  delay(ms: number): void;
  /**
   * Drops all bytes of the connections that are there, for ever and in both directions, and keeps them open: what is
   * left of a connection whose other end has vanished. New connections are as good as ever.
   */
  swallow(): void;
  /** Drops what the server answers from now on over the connections that are there, and passes on what it is asked. */
  loseAnswers(): void;
  /** Drops the answer to the next request that has `text` in it, and ends its connection. */
  loseAnswer(text: string): void;
  /** How many answers {@link loseAnswer} has dropped. */
  answersLost(): number;
  /** Ends the connections that are there in the middle of what they say. New ones are taken. */
  cut(): void;
  /** Ends all connections and takes none for so many ms, as a server that restarts. */
  restart(away: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param target a port of this machine */
export async function startProxy(target: number): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  /** Of connections whose bytes are dropped. */
  const swallowed = new WeakSet<Socket>();
  let isPaused = false;
  let lateness = 0;
  const upstreams = new Set<Socket>();
  const losingAll = new WeakSet<Socket>();
  let losing: string | undefined;
  let answersLost = 0;
  /** Whose next bytes are the answer to lose. */
  const answering = new WeakSet<Socket>();
  const forward = (from: Socket, to: Socket) => {
    sockets.add(from);
    if (isPaused) from.pause();
    /** What is on its way, in order, and when it arrives. */
    const late: { readonly at: number; readonly bytes: Buffer }[] = [];
    const pass = (bytes: Buffer) => {
      if (!swallowed.has(from) && !losingAll.has(from) && to.writable) to.write(bytes);
    };
    const arrive = () => {
      for (let next = late[0]; next; next = late[0]) {
        const wait = next.at - performance.now();
        if (wait > 0) {
          setTimeout(arrive, Math.ceil(wait));
          return;
        }
        late.shift();
        pass(next.bytes);
      }
    };
    from.on('data', (bytes) => {
      if (losing !== undefined && bytes.includes(losing)) {
        losing = undefined;
        answering.add(to);
      }
      if (answering.delete(from)) {
        answersLost += 1;
        from.destroy();
        return;
      }
      if (lateness === 0 && late.length === 0) return pass(bytes);
      late.push({ at: performance.now() + lateness, bytes });
      if (late.length === 1) arrive();
    });
    // Its end is told by `close`, which follows.
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      // Who has vanished does not say good-bye.
      if (!swallowed.has(from)) to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    upstreams.add(upstream);
    upstream.on('close', () => upstreams.delete(upstream));
    forward(client, upstream);
    forward(upstream, client);
  });
  const port = await freePort();
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  await listen();
  return {
    port,
    pause() {
      isPaused = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isPaused = false;
      for (const socket of sockets) socket.resume();
    },
    delay(ms) {
      lateness = ms;
    },
    swallow() {
      for (const socket of sockets) swallowed.add(socket);
    },
    loseAnswers() {
      for (const upstream of upstreams) losingAll.add(upstream);
    },
    loseAnswer(text) {
      losing = text;
    },
    answersLost: () => answersLost,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async restart(away) {
      await stop();
      await sleep(away);
      await listen();
    },
    stop,
  };
}
