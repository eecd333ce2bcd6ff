/**
 * One PGlite as a server of many sessions.
 *
 * PGlite is a PostgreSQL with a single session. What a server keeps apart for its connections is kept apart here: who is
 * in a transaction, who listens to what, which settings and prepared statements are whose. Temporary tables and session
 * advisory locks are not: all connections share them.
 */
import type { PGlite } from '@electric-sql/pglite';
import { toError } from '../errors.js';
import { type Answer, FROM_CLIENT, frame, readAnswer, readCells, type SessionStatus } from './embedded-wire.js';

/** A connection, as the server sees it. */
export interface Session {
  readonly id: number;
  /** Settings of this session, by name: `search_path`, `application_name`, … */
  settings: ReadonlyMap<string, string>;
  /** Channels that it listens to. */
  readonly channels: Set<string>;
  readonly prepared: Set<string>;
  /** Gives the server to the other sessions; set while this one is in a transaction. */
  release: (() => void) | undefined;
  /** Settings have changed within a transaction: they are read when it ends. */
  settingsChanged: boolean;
  notify(channel: string, payload: string): void;
}

const NO_SETTINGS: ReadonlyMap<string, string> = new Map();

export class EmbeddedServer {
  readonly #pglite: PGlite;
  readonly #sessions = new Set<Session>();
  readonly #unsubscribe: () => void;
  readonly #runExclusive: PGlite['_runExclusiveTransaction'];
  /** What the one real session is set to now. */
  #settings = NO_SETTINGS;
  #nextId = 1;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
    // PGlite's own lock. What the host does with the instance itself takes it too, and finds no session's settings there.
    this.#runExclusive = pglite._runExclusiveTransaction.bind(pglite);
    pglite._runExclusiveTransaction = (fn) =>
      this.#runExclusive(async () => {
        await this.#apply(NO_SETTINGS);
        return fn();
      });
    // Here all notifications arrive, whoever caused them: a connection, or the host's own use of the instance.
    this.#unsubscribe = pglite.onNotification((channel, payload) => {
      for (const session of this.#sessions) if (session.channels.has(channel)) session.notify(channel, payload);
    });
  }

  open(settings: ReadonlyMap<string, string>, notify: Session['notify']): Session {
    const session: Session = {
      id: this.#nextId++,
      settings,
      channels: new Set(),
      prepared: new Set(),
      release: undefined,
      settingsChanged: false,
      notify,
    };
    this.#sessions.add(session);
    return session;
  }

  /**
   * Runs messages of a session, which end with one that the server answers. Other sessions wait, and go on waiting while
   * this one is in a transaction.
   *
   * @param sql the texts of the messages' statements
   */
  async run(session: Session, messages: Buffer, sql: readonly string[]): Promise<Answer> {
    session.release ??= await this.#acquire();
    let status: SessionStatus | undefined = 'I';
    try {
      await this.#apply(session.settings);
      const answer = await this.#exchange(messages);
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
    const leftovers = [...session.prepared].map((name) => `DEALLOCATE "${name.replaceAll('"', '""')}"`);
    try {
      if (session.release) {
        await this.#exchange(frame(FROM_CLIENT.sync));
        await this.#exchange(frame(FROM_CLIENT.query, 'ROLLBACK'));
      }
      if (session.channels.size > 0 || leftovers.length > 0) {
        session.release ??= await this.#acquire();
        session.channels.clear();
        for (const statement of leftovers) await this.#exchange(frame(FROM_CLIENT.query, statement));
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

  async #exchange(messages: Buffer): Promise<Answer> {
    try {
      const { data } = await this.#pglite._runExclusiveQuery(() =>
        this.#pglite.execProtocol(messages, { throwOnError: false }),
      );
      return readAnswer(data);
    } catch (error) {
      throw new Error(`The embedded store has stopped working: ${toError(error).message}`, { cause: error });
    }
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
    if (statements.length > 0) await this.#exchange(frame(FROM_CLIENT.query, statements.join(';')));
    this.#settings = settings;
  }

  /** Takes note of what a session has changed for itself. */
  async #follow(session: Session, { status, tags }: Answer, sql: readonly string[]): Promise<void> {
    for (const text of sql) if (/set_config/i.test(text)) session.settingsChanged = true;
    if (tags.some((tag) => tag === 'SET' || tag === 'RESET' || tag.startsWith('DISCARD')))
      session.settingsChanged = true;
    if (tags.some((tag) => tag === 'LISTEN' || tag === 'UNLISTEN' || tag.startsWith('DISCARD'))) {
      for (const statement of sql.flatMap(findListening)) follow(session.channels, statement);
      if (status === 'I') await this.#listenForAll();
    }
    if (status === 'I' && session.settingsChanged) {
      session.settingsChanged = false;
      session.settings = await this.#readSettings();
      this.#settings = session.settings;
    }
  }

  /** One lasting subscription a channel, whatever a single session said: PGlite's own session listens for all. */
  async #listenForAll(): Promise<void> {
    const wanted = new Set([...this.#sessions].flatMap(({ channels }) => [...channels]));
    const statements = [...wanted].map((channel) => `LISTEN ${quoteName(channel)}`);
    if (statements.length > 0) await this.#exchange(frame(FROM_CLIENT.query, statements.join(';')));
  }

  async #readSettings(): Promise<ReadonlyMap<string, string>> {
    const cells = readCells(
      await this.#exchange(frame(FROM_CLIENT.query, "SELECT name, setting FROM pg_settings WHERE source = 'session'")),
    );
    const settings = new Map<string, string>();
    for (let index = 0; index + 1 < cells.length; index += 2) settings.set(cells[index] ?? '', cells[index + 1] ?? '');
    return settings;
  }
}

/** `LISTEN` and `UNLISTEN` statements of a text; comments may stand before them. */
function findListening(sql: string): { listen: boolean; channel: string }[] {
  const bare = sql.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ');
  const pattern = /(?:^|;)\s*(un)?listen\s+("(?:[^"]|"")+"|[\w$]+|\*)/gi;
  return [...bare.matchAll(pattern)].map(([, un, channel = '']) => ({
    listen: un === undefined,
    channel: toName(channel),
  }));
}

function follow(channels: Set<string>, { listen, channel }: { listen: boolean; channel: string }): void {
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

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
