/**
 * Finds connections to PostgreSQL that are dead and do not say so: a host that vanished, a proxy that swallows.
 *
 * What counts is silence of the server while an answer is due, in time that this process was awake for: `pg`'s own
 * `query_timeout` counts the wait for our own event loop too, and TCP's keep-alive is answered by a proxy that passes
 * nothing on. A statement may be long, and is silent then: the server is asked for it, over another connection.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How often the connections are looked at. ms */
const TICK = 500;

/** A connection that waits for notifications is asked for a sign of life after this long without a byte. ms */
const PROBE_AFTER = 10_000;

/** ms */
export interface SilenceLimits {
  /** For a new connection, until it can be used. */
  readonly connect: number;
  /** For a statement, unless the server says that it works on it. */
  readonly answer: number;
  /** For a statement that the server works on. */
  readonly work: number;
}

/** An answer, a connection or a server that did not come in time: it has been waited for long enough. */
export class NoAnswerError extends Error {
  readonly code = 'ETIMEDOUT';
}

/** What has to be known of `pg`'s client. */
interface WatchedClient {
  query(text: string): Promise<unknown>;
}

/** One connection. */
interface Line {
  readonly client: WatchedClient;
  readonly stream: Duplex;
  /** Statements under way, and the opening of the connection. */
  due: number;
  isOpening: boolean;
  /** Somebody keeps it, to listen on it. */
  isHeld: boolean;
  /** Bytes that have come so far. */
  heard: number;
  /** Since the last byte. ms */
  silence: number;
  /** Since the statement has begun. ms */
  work: number;
  /** The server has been asked whether it works on the statement. */
  isAsked: boolean;
}

export class SilenceWatch {
  readonly #limits: SilenceLimits;
  readonly #areWorking: (processes: readonly number[]) => Promise<ReadonlySet<number>>;
  readonly #lines = new Map<object, Line>();
  readonly #stop: () => void;

  /** @param areWorking asks the server which of its processes work on a statement, over a connection of its own */
  constructor(limits: SilenceLimits, areWorking: (processes: readonly number[]) => Promise<ReadonlySet<number>>) {
    this.#limits = limits;
    this.#areWorking = areWorking;
    this.#stop = everyTick((awake) => this.#look(awake));
  }

  /** Watches a connection from the moment that it is made. */
  add(client: WatchedClient, stream: Duplex): void {
    const line: Line = {
      client,
      stream,
      due: 1,
      isOpening: true,
      isHeld: false,
      heard: 0,
      silence: 0,
      work: 0,
      isAsked: false,
    };
    this.#lines.set(client, line);
    stream.once('close', () => this.#lines.delete(client));
    const query = client.query.bind(client);
    const done = () => {
      line.due -= 1;
      begin(line);
    };
    // Assigned as a whole: pg's overloads are more than can be written as one function.
    Object.assign(client, {
      query: (...args: unknown[]) => {
        if (line.due === 0) begin(line);
        line.due += 1;
        const callback = args.at(-1);
        if (typeof callback === 'function') {
          args[args.length - 1] = (error: unknown, result: unknown) => {
            done();
            callback(error, result);
          };
        }
        const answer: unknown = Reflect.apply(query, client, args);
        if (answer instanceof Promise) answer.then(done, done);
        return answer;
      },
    });
  }

  /** It can be used. */
  opened(client: object): void {
    const line = this.#lines.get(client);
    if (line?.isOpening) Object.assign(line, { isOpening: false, due: line.due - 1, silence: 0 });
  }

  /** Somebody keeps it: without a word it is asked for a sign of life. */
  hold(client: object, isHeld: boolean): void {
    const line = this.#lines.get(client);
    if (line) line.isHeld = isHeld;
  }

  close(): void {
    this.#stop();
  }

  #look(awake: number): void {
    const asked: Line[] = [];
    for (const line of this.#lines.values()) {
      const heard = bytesRead(line.stream);
      if (line.due > 0) line.work += awake;
      if (heard === line.heard) line.silence += awake;
      else Object.assign(line, { heard, silence: 0, isAsked: false });
      if (line.due === 0) {
        // Its failure is the connection's, which its owner hears of.
        if (line.isHeld && line.silence >= PROBE_AFTER) line.client.query('SELECT 1').catch(() => undefined);
        continue;
      }
      const limit = line.isOpening ? this.#limits.connect : this.#limits.answer;
      if (line.silence >= limit || line.work >= this.#limits.work) this.#cut(line);
      else if (!line.isOpening && !line.isAsked && line.silence >= limit / 2) asked.push(line);
    }
    if (asked.length > 0) void this.#ask(asked);
  }

  /** After a turn of the event loop: what lies in the socket already has come in time. */
  #cut(line: Line): void {
    const { heard, work } = line;
    setImmediate(() => {
      const isTooLong = work >= this.#limits.work;
      if (line.due === 0 || (!isTooLong && bytesRead(line.stream) !== heard)) return;
      const after = `${Math.round((isTooLong ? work : line.silence) / 1_000)} s`;
      line.stream.destroy(new NoAnswerError(`no answer for ${after}: the connection has been closed`));
    });
  }

  async #ask(lines: readonly Line[]): Promise<void> {
    for (const line of lines) line.isAsked = true;
    const processOf = ({ client }: Line) => Number(Reflect.get(client, 'processID'));
    // No answer is an answer: the silence goes on.
    const working = await this.#areWorking(lines.map(processOf)).catch(() => new Set<number>());
    for (const line of lines) {
      if (working.has(processOf(line))) Object.assign(line, { silence: 0, isAsked: false });
    }
  }
}

/**
 * Calls `look` regularly, with the time that this process was awake for since the last call, ms: of one that stood still
 * or was put to sleep, no more than two ticks count.
 */
export function everyTick(look: (awake: number) => void): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const awake = Math.min(now - last, 2 * TICK);
    last = now;
    look(awake);
  }, TICK);
  timer.unref();
  return () => clearInterval(timer);
}

/** From now on it is silent. */
function begin(line: Line): void {
  line.silence = 0;
  line.work = 0;
  line.isAsked = false;
}

/** A stream of the host's own may not count: then only answers that are complete are heard. */
function bytesRead(stream: Duplex): number {
  return stream instanceof Socket ? stream.bytesRead : 0;
}
