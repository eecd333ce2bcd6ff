/**
 * `hotReloadable`: one instance for a process, whatever evaluates the module again.
 *
 * A development server evaluates a module again after each edit, and some servers (Next.js) do so for each bundle of theirs,
 * also in production. What the module had opened stays open, as nobody closes it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ArgumentError, toError } from './errors.js';
import { shortNameProblem } from './names.js';

/** What can be closed: `jobs`, a `pg.Pool`, an embedded store. */
export type Closable = { close(): unknown } | { end(): unknown };

/**
 * Of an instance that gives what it does to the one in its place, and then closes itself. A registered symbol, so that
 * ESM and CommonJS meet.
 */
export const HAND_OVER: unique symbol = Symbol.for('@bizinsights/jobs-core/hand-over') as typeof HAND_OVER;

/** Of an instance that continues what an older one did. The two may come from two copies of this package. */
export const TAKE_OVER: unique symbol = Symbol.for('@bizinsights/jobs-core/take-over') as typeof TAKE_OVER;

/** What this process has made, also when the package was loaded twice. */
const REGISTRY = Symbol.for('@bizinsights/jobs-core/hot-reload');

/** Several bundles evaluate a module one after the other, and go on after their imports: then it is settled. ms */
const SETTLING = 100;

const creating = new AsyncLocalStorage<true>();

/** Whether something is made that may be replaced. */
export function isBeingReplaceable(): boolean {
  return creating.getStore() === true && !isProduction();
}

/** One key of a process. */
interface Slot {
  current: Closable;
  /** Which call has made it: one that took long to make does not replace what a later call has made. */
  turn: number;
  /** Stands for `current`, also where an older module holds it. */
  readonly stand: Closable;
  /** Instances that were replaced and still have to hand over. */
  replaced: Closable[];
  /** Never rejects. */
  handingOver: Promise<void>;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

interface Registry {
  readonly slots: Map<string, Slot>;
  /** In production, what is being made asynchronously. */
  readonly opening: Map<string, Promise<Closable>>;
  calls: number;
}

/**
 * Makes an instance that survives hot reload, and is the only one of its key in the process.
 *
 * - **In production** (`NODE_ENV` is `production`) the first call makes it, and all later ones of the key get it.
 * - **Otherwise** each call makes a new one, because the module was evaluated again: the newest wins. The older one is closed,
 *   and whoever still holds it works with the newest. A worker that runs is drained, and one with the new processors
 *   takes its place.
 *
 * Everything that belongs to the instance is done inside `create`, which may be called once or often: processors are
 * registered there, and listeners of events added. Do not use a key in two places: the second would replace the first.
 *
 * @param key names the instance in the process: a text of at most 512 bytes
 * @param create makes it, or promises it. Where it fails, nothing is kept, and an earlier instance stays
 * @returns what stands for the newest instance. Its `close` (or `end`) closes that, and forgets the key
 * @throws {ArgumentError} for what is no key, for an instance without `close` and `end`, and where the key has an instance of
 *   another kind
 * @example
 * ```ts
 * export const jobs = hotReloadable('jobs', () =>
 *   createJobs({ connection: process.env.REDIS_URL, queues: [thumbnailQueue], processors: [thumbnails] }),
 * );
 * ```
 */
export function hotReloadable<Instance extends Closable>(key: string, create: () => Instance): Instance;
export function hotReloadable<Instance extends Closable>(
  key: string,
  create: () => Promise<Instance>,
): Promise<Instance>;
export function hotReloadable(key: string, create: () => Closable | Promise<Closable>): Closable | Promise<Closable> {
  const problem = key === '' ? 'must not be empty' : shortNameProblem(key);
  if (problem) throw new ArgumentError(`The key of hotReloadable ${problem}`);
  const open = registry();
  const { slots, opening } = open;
  if (isProduction()) {
    const existing = slots.get(key)?.stand ?? opening.get(key);
    if (existing) return existing;
  }
  open.calls += 1;
  const turn = open.calls;
  const made = creating.run(true, create);
  if (!isPromise(made)) return put(key, made, turn);
  const standing = made
    .then((instance) => put(key, instance, turn))
    .finally(() => {
      if (opening.get(key) === standing) opening.delete(key);
    });
  opening.set(key, standing);
  return standing;
}

/** Puts an instance in the place of the one that there is. */
function put(key: string, instance: Closable, turn: number): Closable {
  const { slots } = registry();
  if (typeof instance !== 'object' || instance === null || !closerOf(instance))
    throw new ArgumentError(`hotReloadable("${key}"): what \`create\` returns has neither close() nor end()`);
  const slot = slots.get(key);
  if (!slot) {
    const opened = openSlot(key, instance, turn);
    slots.set(key, opened);
    return opened.stand;
  }
  if (kindOf(slot.current) !== kindOf(instance)) {
    void closeReplaced(key, instance);
    throw new ArgumentError(
      `hotReloadable("${key}"): there is a ${kindOf(slot.current)} of this key, and this is a ${kindOf(instance)}. ` +
        'Use another key, or restart the process',
    );
  }
  if (turn < slot.turn) slot.replaced.push(instance);
  else {
    slot.replaced.push(slot.current);
    slot.current = instance;
    slot.turn = turn;
  }
  clearTimeout(slot.timer);
  slot.timer = setTimeout(() => void handOver(key, slot), SETTLING);
  slot.timer.unref();
  return slot.stand;
}

function openSlot(key: string, first: Closable, turn: number): Slot {
  const slot: Slot = {
    current: first,
    turn,
    stand: standFor(
      () => slot.current,
      (name) => closeSlot(key, slot, name),
    ),
    replaced: [],
    handingOver: Promise.resolve(),
  };
  return slot;
}

/** Lets the replaced instances hand over to the newest, one after the other. Never rejects. */
function handOver(key: string, slot: Slot): Promise<void> {
  clearTimeout(slot.timer);
  const older = slot.replaced.splice(0);
  slot.handingOver = slot.handingOver.then(async () => {
    for (const instance of older) await closeReplaced(key, instance, slot.current);
  });
  return slot.handingOver;
}

async function closeReplaced(key: string, instance: Closable, next?: Closable): Promise<void> {
  try {
    const hand: unknown = next && Reflect.get(instance, HAND_OVER);
    if (typeof hand === 'function') await hand.call(instance, next);
    else await close(instance);
  } catch (error) {
    // Nobody waits for it, and the newest instance works.
    process.emitWarning(`hotReloadable("${key}"): an older instance could not be closed: ${toError(error).message}`);
  }
}

/** The host closes the instance: the key is free, and the replaced ones go with it. */
async function closeSlot(key: string, slot: Slot, name: 'close' | 'end'): Promise<unknown> {
  const { slots } = registry();
  if (slots.get(key) === slot) slots.delete(key);
  clearTimeout(slot.timer);
  const { current } = slot;
  const older = slot.replaced.splice(0).map((instance) => closeReplaced(key, instance));
  const [answer] = await Promise.all([call(current, name), slot.handingOver, ...older]);
  return answer;
}

function closerOf(instance: Closable): 'close' | 'end' | undefined {
  return (['close', 'end'] as const).find((name) => typeof Reflect.get(instance, name) === 'function');
}

async function close(instance: Closable): Promise<void> {
  const name = closerOf(instance);
  if (name) await call(instance, name);
}

function call(instance: Closable, name: string, args: readonly unknown[] = []): unknown {
  const method: unknown = Reflect.get(instance, name, instance);
  return typeof method === 'function' ? method.apply(instance, args) : undefined;
}

/** The class, by name: the class itself is another one when its module was evaluated again. */
function kindOf(instance: Closable): string {
  return instance.constructor?.name || 'object';
}

/** An object that is at any time what `current` answers. Its methods are called on that itself, which may be private to it. */
function standFor(current: () => Closable, onClose: (name: 'close' | 'end') => Promise<unknown>): Closable {
  const bound = new WeakMap<object, Map<PropertyKey, unknown>>();
  const bind = (instance: Closable, name: PropertyKey, method: (...args: unknown[]) => unknown): unknown => {
    const methods = bound.get(instance) ?? new Map<PropertyKey, unknown>();
    bound.set(instance, methods);
    const found = methods.get(name) ?? method.bind(instance);
    methods.set(name, found);
    return found;
  };
  const stand: Closable = { close: () => undefined };
  Reflect.deleteProperty(stand, 'close');
  return new Proxy(stand, {
    get(_target, name) {
      const instance = current();
      const value: unknown = Reflect.get(instance, name, instance);
      if (!isMethod(value) || name === 'constructor') return value;
      const closer = closerOf(instance);
      return closer !== undefined && name === closer ? () => onClose(closer) : bind(instance, name, value);
    },
    set: (_target, name, value) => Reflect.set(current(), name, value),
    has: (_target, name) => Reflect.has(current(), name),
    deleteProperty: (_target, name) => Reflect.deleteProperty(current(), name),
    ownKeys: () => Reflect.ownKeys(current()),
    getPrototypeOf: () => Reflect.getPrototypeOf(current()),
    getOwnPropertyDescriptor(_target, name) {
      const descriptor = Reflect.getOwnPropertyDescriptor(current(), name);
      // What the target does not have itself may not be shown as fixed.
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}

function isMethod(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

function isPromise(value: Closable | Promise<Closable>): value is Promise<Closable> {
  return value instanceof Promise;
}

function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

function registry(): Registry {
  const found: Registry | undefined = Reflect.get(globalThis, REGISTRY);
  const open: Registry = found ?? { slots: new Map(), opening: new Map(), calls: 0 };
  if (!found) Reflect.set(globalThis, REGISTRY, open);
  return open;
}
