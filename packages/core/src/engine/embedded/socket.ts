/** A connection to the embedded store: what `pg` takes for a TCP socket. */
import { Duplex } from 'node:stream';
import { toError } from '../../errors.js';
import { MAX_TIMER } from '../../timers.js';
import type { EmbeddedServer, Session } from './server.js';
import { FROM_CLIENT, FROM_SERVER, frame, int32, renameStatement, STARTUP_CODES, splitFrames, textAt } from './wire.js';

/** What the server tells of itself when a connection starts. */
const GREETING = {
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
} as const;

const AUTHENTICATION = 0x52; // R
const PARAMETER_STATUS = 0x53; // S
const BACKEND_KEY_DATA = 0x4b; // K

/** The real ones, also while a host's tests have others in their place: no clock slows a socket down. */
const { setImmediate, setInterval, clearInterval } = globalThis;

/** After these the server answers; what was sent before is run together with them. */
const ENDS_BATCH: ReadonlySet<number | undefined> = new Set([FROM_CLIENT.sync, FROM_CLIENT.query, FROM_CLIENT.flush]);

interface Batch {
  readonly messages: Buffer;
  readonly sql: readonly string[];
}

export class EmbeddedSocket extends Duplex {
  readonly #server: EmbeddedServer;
  readonly #version: string;
  #session: Session | undefined;
  #received: Buffer = Buffer.alloc(0);
  #frames: Buffer[] = [];
  readonly #batches: Batch[] = [];
  #running = false;
  #ended = false;
  /** Keeps the process alive while the connection is open, as a real socket does. */
  readonly #alive = setInterval(() => undefined, MAX_TIMER);

  constructor(server: EmbeddedServer, version: string) {
    super();
    this.#server = server;
    this.#version = version;
  }

  /** Whether it holds up all other connections. */
  get isInTransaction(): boolean {
    return this.#session?.release !== undefined;
  }

  // What `pg` calls on a net.Socket.
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    this.#alive.ref();
    return this;
  }
  unref(): this {
    this.#alive.unref();
    return this;
  }

  override _read(): void {}

  /** `pg` writes the messages of a query one by one, and they come together. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#received = Buffer.concat([this.#received, ...chunks.map(({ chunk }) => chunk)]);
    if (this.#session || this.#start()) {
      const { frames, rest } = splitFrames(this.#received);
      this.#received = rest;
      for (const one of frames) this.#take(one);
      if (!this.#running) void this.#run();
    }
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#ended = true;
    if (!this.#running) this.#finish();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#alive);
    this.#batches.length = 0;
    if (!this.#running) this.#closeSession();
    done(error);
  }

  /** Answers the first message, which has no type. False while it has not come completely. */
  #start(): boolean {
    const length = this.#received.length >= 8 ? this.#received.readUInt32BE(0) : Number.POSITIVE_INFINITY;
    if (this.#received.length < length) return false;
    const code = this.#received.readUInt32BE(4);
    const message = this.#received.subarray(8, length);
    this.#received = this.#received.subarray(length);
    if (code !== STARTUP_CODES.version3) {
      this.destroy(code === STARTUP_CODES.cancel ? undefined : new Error(`unknown protocol version ${code}`));
      return false;
    }
    const settings = readSettings(message);
    const session = this.#server.open(settings, (channel, payload) => {
      this.push(frame(FROM_SERVER.notification, int32(session.id), channel, payload));
    });
    this.#session = session;
    const greeting = {
      server_version: this.#version,
      ...GREETING,
      application_name: settings.get('application_name') ?? '',
    };
    this.push(
      Buffer.concat([
        frame(AUTHENTICATION, int32(0)),
        ...Object.entries(greeting).map(([name, value]) => frame(PARAMETER_STATUS, name, value)),
        frame(BACKEND_KEY_DATA, int32(session.id), int32(0)),
        frame(FROM_SERVER.readyForQuery, Buffer.from('I')),
      ]),
    );
    return true;
  }

  #take(message: Buffer): void {
    const type = message[0];
    if (type === FROM_CLIENT.terminate) {
      this.#ended = true;
      return;
    }
    const { bytes, prepared } = renameStatement(message, `s${this.#session?.id}_`);
    if (prepared !== undefined) this.#session?.prepared.add(prepared);
    this.#frames.push(bytes);
    if (!ENDS_BATCH.has(type)) return;
    const sql = this.#frames.flatMap(statementOf);
    this.#batches.push({ messages: Buffer.concat(this.#frames), sql });
    this.#frames = [];
  }

  async #run(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#running = true;
    try {
      while (this.#batches.length > 0) {
        // As over a network, an answer never comes in the same turn of the event loop. Else those who have always
        // something to ask would keep all timers and sockets of the process waiting.
        await new Promise((resolve) => setImmediate(resolve));
        const batch = this.#batches.shift();
        if (!batch) break;
        const answer = await this.#server.run(session, batch.messages, batch.sql);
        if (!this.destroyed) this.push(answer.bytes);
      }
    } catch (error) {
      this.destroy(toError(error));
    } finally {
      this.#running = false;
    }
    if (this.destroyed) this.#closeSession();
    else if (this.#ended) this.#finish();
  }

  #closeSession(): void {
    if (!this.#session) return;
    // It fails only when the whole store has stopped, which everyone who asks it for something is told.
    this.#server.close(this.#session).catch(() => undefined);
  }

  /** The client has said goodbye. */
  #finish(): void {
    this.push(null);
    this.destroy();
  }
}

/** The settings that a startup message asks for. Its parameters are pairs of texts, ended by an empty one. */
function readSettings(message: Buffer): ReadonlyMap<string, string> {
  const texts = message.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length && texts[index] !== ''; index += 2) {
    parameters.set(texts[index] ?? '', texts[index + 1] ?? '');
  }
  const settings = new Map<string, string>();
  // `-c name=value` pairs, where a backslash keeps the space behind it.
  for (const [, name = '', value = ''] of (parameters.get('options') ?? '').matchAll(
    /-c\s*([\w.]+)=((?:\\.|[^\s\\])*)/g,
  )) {
    settings.set(name, value.replace(/\\(.)/g, '$1'));
  }
  const application = parameters.get('application_name');
  if (application) settings.set('application_name', application);
  return settings;
}

/** The SQL of a message, if it has some. */
function statementOf(message: Buffer): string[] {
  if (message[0] === FROM_CLIENT.query) return [textAt(message, 5)];
  if (message[0] === FROM_CLIENT.parse) return [textAt(message, message.indexOf(0, 5) + 1)];
  return [];
}
