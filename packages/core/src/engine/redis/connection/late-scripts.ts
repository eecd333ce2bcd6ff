/**
 * Scripts that a connection knows, made when they are first called.
 *
 * ioredis hashes each script as it is defined, and BullMQ defines its 60 on each of its connections, of which most
 * processes call few.
 */
import type { Cluster, Redis } from 'ioredis';

type Definition = Parameters<Redis['defineCommand']>[1];

/** By the clients. */
const makers = new WeakMap<object, (start: string) => void>();

/** Makes the scripts whose names begin so, without a call. */
export function defineNow(client: Redis | Cluster, start: string): void {
  makers.get(client)?.(start);
}

export function defineLate(client: Redis | Cluster): void {
  const define = client.defineCommand.bind(client);
  const pipeline = client.pipeline.bind(client);
  const multi = client.multi.bind(client);
  const late = new Map<string, Definition>();
  const makeNow = (name: string) => {
    const definition = late.get(name);
    if (!definition) return;
    late.delete(name);
    define(name, definition);
  };
  makers.set(client, (start) => {
    for (const name of [...late.keys()]) if (name.startsWith(start)) makeNow(name);
  });
  /** A pipeline has the scripts that are defined when it is made. */
  const afterAll =
    (method: (...args: never[]) => unknown) =>
    (...args: unknown[]) => {
      for (const name of [...late.keys()]) makeNow(name);
      return Reflect.apply(method, client, args);
    };
  Object.assign(client, {
    defineCommand(name: string, definition: Definition) {
      late.set(name, definition);
      const callLate = (...args: unknown[]): unknown => {
        makeNow(name);
        const method: unknown = Reflect.get(client, name);
        if (typeof method !== 'function') throw new TypeError(`ioredis has not defined the script "${name}"`);
        return method.apply(client, args);
      };
      Reflect.set(client, name, callLate);
    },
    pipeline: afterAll(pipeline),
    multi: afterAll(multi),
  });
}
