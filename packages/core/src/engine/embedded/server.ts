/**
 * One PGlite as a server of many sessions.
 *
 * PGlite is a PostgreSQL with a single session. What a server keeps apart for its connections is kept apart here: who is
 * in a transaction, who listens to what, which settings and prepared statements are whose. Temporary tables and session
 * advisory locks are not: all connections share them.
 */
import type { PGlite } from '@electric-sql/pglite';
import { JobsError, toError } from '../../errors.js';
import { ACTIVITY_COLUMNS, activityView, asksForActivity } from './activity.js';
import {
  type Answer,
  FROM_CLIENT,
  frame,
  type Notification,
  quoteText,
  readAnswer,
  readCells,
  type SessionStatus,
} from './wire.js';

/** A connection, as the server sees it. */
export interface Session {
  readonly id: number;
  /** What it was opened with: what `RESET` goes back to. */
  readonly defaults: ReadonlyMap<string, string>;
  /** Settings of this session, by name: `search_path`, `application_name`, … */
  settings: ReadonlyMap<string, string>;
  /** Channels that it listens to. */
  readonly channels: Set<string>;
  /** What its transaction has said about channels; it counts when that is committed. */
  readonly listening: Listening[];
  readonly prepared: Set<string>;
  /** Gives the server to the other sessions; set while this one is in a transaction. */
  release: (() => void) | undefined;
  /** Settings have changed within a transaction: they are read when it ends. */
  settingsChanged: boolean;
  notify(channel: string, payload: string): void;
}

/** A `LISTEN`, or an `UNLISTEN` of a channel or of all (`*`). */
interface Listening {
  readonly listen: boolean;
  readonly channel: string;
}

const NO_SETTINGS: ReadonlyMap<string, string> = new Map();

/** By their command tags. */
const CHANGES_SETTINGS: ReadonlySet<string> = new Set(['SET', 'RESET', 'DISCARD ALL']);
const CHANGES_CHANNELS: ReadonlySet<string> = new Set(['LISTEN', 'UNLISTEN', 'DISCARD ALL']);

/** How long statements of several sessions may run in one turn of the event loop. ms */
const TURN = 10;

/** The real one, also while a host's tests have another in its place. */
const { setImmediate } = globalThis;

export class EmbeddedServer {
  readonly #pglite: PGlite;
  readonly #sessions = new Set<Session>();
  readonly #unsubscribe: () => void;
  readonly #runExclusive: PGlite['_runExclusiveTransaction'];
  /** The host listens by the instance itself: then what it hears has to pass through PGlite's own reading. */
  #hostListens = false;
  /** Channels that it has listened to in this way. */
  readonly #hostChannels = new Set<string>();
  /** What the one real session is set to now. */
  #settings = NO_SETTINGS;
  /** Columns of `pg_stat_activity`: empty as long as nobody has asked for it. */
  #activityColumns: readonly string[] = [];
  #activityIsStale = false;
  #nextId = 1;
  /** Of statements since the server has let the event loop turn. ms */
  #worked = 0;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
    // PGlite's own lock. What the host does with the instance itself takes it too, and finds no session's settings there.
    this.#runExclusive = pglite._runExclusiveTransaction.bind(pglite);
    pglite._runExclusiveTransaction = (fn) =>
      this.#runExclusive(async () => {
        await this.#apply(NO_SETTINGS);
        return fn();
      });
    // What PGlite reads itself: answers to the host's own use of the instance, and all while the host listens.
    this.#unsubscribe = pglite.onNotification((channel, payload) => this.#notify({ channel, payload }));
    this.#watchHost();
  }

  open(settings: ReadonlyMap<string, string>, notify: Session['notify']): Session {
    const session: Session = {
      id: this.#nextId++,
      defaults: settings,
      settings,
      channels: new Set(),
      listening: [],
      prepared: new Set(),
      release: undefined,
      settingsChanged: false,
      notify,
    };
    this.#sessions.add(session);
    this.#activityIsStale = true;
    return session;
  }

  /**
   * Runs messages of a session, which end with one that the server answers. Other sessions wait, and go on waiting while
   * this one is in a transaction.
   *
   * @param sql the texts of the messages' statements
   */
  async run(session: Session, messages: Buffer, sql: readonly string[]): Promise<Answer> {
    const isInTransaction = session.release !== undefined;
    session.release ??= await this.#acquire();
    let status: SessionStatus | undefined = 'I';
    try {
      if (!isInTransaction) await this.#showActivity(sql);
      await this.#apply(session.settings);
      await this.#letTurn();
      const began = performance.now();
      const answer = await this.#exchange(messages);
      this.#worked += performance.now() - began;
      status = answer.status;
      await this.#follow(session, answer, sql);
      return answer;
    } finally {
      if (status === 'I') this.#releaseBy(session);
    }
  }

  /** Ends a session: what it has begun is rolled back, what it has prepared is dropped. */
  async close(session: Session): Promise<void> {
    if (!this.#sessions.delete(session)) return;
    this.#activityIsStale = true;
    try {
      if (session.release) {
        await this.#exchange(frame(FROM_CLIENT.sync));
        await this.#ask('ROLLBACK');
      }
      if (session.channels.size > 0 || session.prepared.size > 0) {
        session.release ??= await this.#acquire();
        session.channels.clear();
        for (const name of session.prepared) await this.#ask(`DEALLOCATE ${quoteName(name)}`);
        await this.#listenForAll();
      }
    } finally {
      this.#releaseBy(session);
    }
  }

  /** Stops hearing notifications. */
  dispose(): void {
    this.#unsubscribe();
  }

  /** The one real session listens for the host's own use of the instance too. */
  #watchHost(): void {
    const pglite = this.#pglite;
    const onNotification = pglite.onNotification.bind(pglite);
    pglite.onNotification = (callback) => {
      this.#hostListens = true;
      return onNotification(callback);
    };
    const listen = pglite.listen.bind(pglite);
    pglite.listen = (channel, callback, transaction) => {
      this.#hostListens = true;
      this.#hostChannels.add(toName(channel));
      return listen(channel, callback, transaction);
    };
    const unlisten = pglite.unlisten.bind(pglite);
    pglite.unlisten = async (channel, callback, transaction) => {
      await unlisten(channel, callback, transaction);
      await this.#listenForAll();
    };
  }

  /** Many sessions that ask at the same moment are served in one turn of the event loop, unless that takes long. */
  async #letTurn(): Promise<void> {
    if (this.#worked < TURN) return;
    this.#worked = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Waits for the server, and answers how to let it go. In the order of asking. */
  #acquire(): Promise<() => void> {
    return new Promise((resolve, reject) => {
      this.#runExclusive(() => new Promise<void>((release) => resolve(release))).catch(reject);
    });
  }

  #releaseBy(session: Session): void {
    session.release?.();
    session.release = undefined;
  }

  /** Runs statements of our own. Answers the texts of all rows. */
  async #ask(...statements: readonly string[]): Promise<string[]> {
    if (statements.length === 0) return [];
    return readCells(await this.#exchange(frame(FROM_CLIENT.query, statements.join(';'))));
  }

  async #exchange(messages: Buffer): Promise<Answer> {
    try {
      return await this.#pglite._runExclusiveQuery(async () => {
        if (this.#hostListens) {
          const { data } = await this.#pglite.execProtocol(messages, { throwOnError: false });
          return readAnswer(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        }
        const chunks: Buffer[] = [];
        // The bytes lie in PGlite's memory, and are there only for now.
        const onRawData = (bytes: Uint8Array) => chunks.push(Buffer.from(bytes));
        await this.#pglite.execProtocolRawStream(messages, { onRawData });
        const answer = readAnswer(Buffer.concat(chunks));
        for (const notification of answer.notifications) this.#notify(notification);
        return answer;
      });
    } catch (error) {
      // Of the lock.
      if (error instanceof JobsError) throw error;
      throw new Error(`The embedded store has stopped working: ${toError(error).message}`, { cause: error });
    }
  }

  #notify({ channel, payload }: Notification): void {
    for (const session of this.#sessions) if (session.channels.has(channel)) session.notify(channel, payload);
  }

  /** Brings the real session's settings to those of a connection. */
  async #apply(settings: ReadonlyMap<string, string>): Promise<void> {
    if (settings === this.#settings) return;
    const statements: string[] = [];
    for (const name of this.#settings.keys()) if (!settings.has(name)) statements.push(`RESET ${name}`);
    for (const [name, value] of settings) {
      if (this.#settings.get(name) !== value)
        statements.push(`SELECT set_config(${quoteText(name)}, ${quoteText(value)}, false)`);
    }
    await this.#ask(...statements);
    this.#settings = settings;
  }

  /** Takes note of what a session has changed for itself. */
  async #follow(session: Session, { status, tags, failed }: Answer, sql: readonly string[]): Promise<void> {
    if (sql.some((text) => /set_config/i.test(text)) || tags.some((tag) => CHANGES_SETTINGS.has(tag)))
      session.settingsChanged = true;
    if (tags.some((tag) => CHANGES_CHANNELS.has(tag))) session.listening.push(...sql.flatMap(findListening));
    if (status !== 'I') return;
    const listening = session.listening.splice(0);
    if (listening.length > 0) {
      if (!failed && tags.at(-1) !== 'ROLLBACK') for (const each of listening) follow(session.channels, each);
      await this.#listenForAll();
    }
    if (session.settingsChanged) {
      session.settingsChanged = false;
      this.#settings = await this.#readSettings();
      session.settings = new Map([...session.defaults, ...this.#settings]);
      this.#activityIsStale = true;
    }
  }

  /** Brings `pg_stat_activity` up to date, from the first time on that somebody asks for it. */
  async #showActivity(sql: readonly string[]): Promise<void> {
    const isAsked = sql.some(asksForActivity);
    if (!isAsked && !(this.#activityIsStale && this.#activityColumns.length > 0)) return;
    if (this.#activityColumns.length === 0) this.#activityColumns = await this.#ask(ACTIVITY_COLUMNS);
    const sessions = [...this.#sessions].map(({ id, settings, release }) => ({
      id,
      settings,
      isRunning: release !== undefined,
    }));
    await this.#ask(activityView(this.#activityColumns, sessions));
    this.#activityIsStale = false;
  }

  /** One lasting subscription a channel, whatever a single session said: PGlite's own session listens for all. */
  async #listenForAll(): Promise<void> {
    const wanted = new Set([...this.#hostChannels, ...[...this.#sessions].flatMap(({ channels }) => [...channels])]);
    await this.#ask(...[...wanted].map((channel) => `LISTEN ${quoteName(channel)}`));
  }

  async #readSettings(): Promise<ReadonlyMap<string, string>> {
    const cells = await this.#ask("SELECT name, setting FROM pg_settings WHERE source = 'session'");
    const settings = new Map<string, string>();
    for (let index = 0; index + 1 < cells.length; index += 2) settings.set(cells[index] ?? '', cells[index + 1] ?? '');
    return settings;
  }
}

/** `LISTEN` and `UNLISTEN` statements of a text; comments may stand before them. */
function findListening(sql: string): Listening[] {
  const bare = sql.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ');
  const pattern = /(?:^|;)\s*(?:(un)?listen\s+("(?:[^"]|"")+"|[\w$]+|\*)|discard\s+all)/gi;
  return [...bare.matchAll(pattern)].map(([statement, un, channel = '*']) => ({
    listen: un === undefined && !/discard/i.test(statement),
    channel: toName(channel),
  }));
}

function follow(channels: Set<string>, { listen, channel }: Listening): void {
  if (listen) channels.add(channel);
  else if (channel === '*') channels.clear();
  else channels.delete(channel);
}

/** An identifier as the server stores it: quoted ones as they are, others in lower case. */
function toName(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase();
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
