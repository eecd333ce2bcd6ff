/**
 * An engine whose code, and with it BullMQ and a driver, is loaded when it is first asked for something. A process that
 * makes its jobs and never uses them loads none of it.
 */
import { unavailable } from './connection-error.js';
import type { Engine, EngineHealth } from './contract.js';

/** What is known of an engine before it is loaded. */
type Known = Pick<Engine, 'kind' | 'address' | 'dataProblem'>;

/** Why an engine that has been closed does nothing any more. */
const CLOSED = 'jobs.close() has been called';

export function lazyEngine(known: Known, create: () => Promise<Engine>): Engine {
  const { address } = known;
  let engine: Engine | undefined;
  let loading: Promise<Engine> | undefined;
  let closing: Promise<void> | undefined;
  /** Listeners that wait for the engine. */
  const attachments = new Set<(loaded: Engine) => void>();

  const loadOnce = async (): Promise<Engine> => {
    const loaded = await create();
    engine = loaded;
    for (const attach of attachments) attach(loaded);
    attachments.clear();
    return loaded;
  };
  const load = async (): Promise<Engine> => {
    if (closing && !loading) throw unavailable(address, CLOSED);
    loading ??= loadOnce().catch((error: unknown) => {
      // The next operation tries again.
      loading = undefined;
      throw error;
    });
    return await loading;
  };
  const part = <Name extends 'state' | 'signals' | 'schedules'>(name: Name): Engine[Name] =>
    lazyMethods({}, async () => (await load())[name]);

  return {
    ...known,
    state: part('state'),
    signals: part('signals'),
    schedules: part('schedules'),
    ready: async (forWork) => await (await load()).ready(forWork),
    counts: async (queues) => await (await load()).counts(queues),
    queue: (name) => engine?.queue(name) ?? lazyMethods({ name }, async () => (await load()).queue(name)),
    events: (...args) => engine?.events(...args) ?? lazyMethods({}, async () => (await load()).events(...args)),
    worker(...args) {
      if (!engine) throw unavailable(address, 'it has not been opened');
      return engine.worker(...args);
    },
    onReconnect(listener) {
      if (engine) return engine.onReconnect(listener);
      const attach = (loaded: Engine) => {
        end = loaded.onReconnect(listener);
      };
      let end = () => {
        attachments.delete(attach);
      };
      attachments.add(attach);
      return () => end();
    },
    async health(): Promise<EngineHealth> {
      try {
        return await (await load()).health();
      } catch (error) {
        return { reachable: false, warnings: [], error: error instanceof Error ? error.message : String(error) };
      }
    },
    close() {
      closing ??= (async () => {
        // One that could not be loaded has nothing to close.
        const loaded = await loading?.catch(() => undefined);
        await loaded?.close();
      })();
      return closing;
    },
  };
}

/**
 * An object with these fields, of which everything else is a method of one that is still to be loaded. For a part of an
 * engine whose methods all return promises.
 */
function lazyMethods<Part extends object>(fields: Partial<Part>, load: () => Promise<Part>): Part {
  let part: Part | undefined;
  const callLater = async (name: string, args: unknown[]): Promise<unknown> => {
    part = await load();
    return await call(part, name, args);
  };
  return new Proxy<Part>(Object.assign(Object.create(null), fields), {
    get(own, name) {
      // A promise that ends with such an object must not take it for another promise, nor JSON for what makes a text.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined;
      if (!Object.hasOwn(own, name)) {
        Reflect.set(own, name, (...args: unknown[]) => (part ? call(part, name, args) : callLater(name, args)));
      }
      return Reflect.get(own, name);
    },
  });
}

function call(part: object, name: string, args: unknown[]): unknown {
  const method: unknown = Reflect.get(part, name);
  if (typeof method !== 'function') throw new TypeError(`An engine has no method "${name}"`);
  return method.apply(part, args);
}
