/** An engine in whose place another one can be put, for jobs that are replaced by hot reload: `hotReloadable`. */
import type { Engine } from './contract.js';

/** Whoever holds it, or a part of it, works with the engine that is in its place. */
export interface ReplaceableEngine extends Engine {
  /** Puts another engine in its place, and closes the one that was there. */
  replaceBy(next: Engine): Promise<void>;
}

export function replaceableEngine(first: Engine): ReplaceableEngine {
  let current = first;
  let closing: Promise<void> | undefined;
  return {
    kind: first.kind,
    address: first.address,
    ...(first.dataProblem ? { dataProblem: first.dataProblem } : {}),
    state: partOf(() => current.state, {}),
    signals: partOf(() => current.signals, {}),
    schedules: partOf(() => current.schedules, {}),
    ready: (forWork) => current.ready(forWork),
    queue: (name) => partOf(() => current.queue(name), { name }),
    events: (...args) => partOf(() => current.events(...args), {}),
    worker: (...args) => current.worker(...args),
    onReconnect: (listener) => current.onReconnect(listener),
    counts: (queues) => current.counts(queues),
    health: () => current.health(),
    close() {
      closing ??= current.close();
      return closing;
    },
    async replaceBy(next) {
      const before = current;
      current = next;
      await (closing ?? before.close());
      // From now on the next one is its owner's to close.
      closing = Promise.resolve();
    },
  };
}

/** A part of an engine, of which everything but `fields` is a method. */
function partOf<Part extends object>(part: () => Part, fields: Partial<Part>): Part {
  return new Proxy<Part>(Object.assign(Object.create(null), fields), {
    get(own, name) {
      if (Object.hasOwn(own, name) || typeof name === 'symbol') return Reflect.get(own, name);
      const now = part();
      const value: unknown = Reflect.get(now, name, now);
      return typeof value === 'function' ? value.bind(now) : value;
    },
  });
}
