/** Shared state on Redis. */
import { Cluster, type Redis } from 'ioredis';
import { createMatcher } from '../../names.js';
import { perTurn } from '../../timers.js';
import type { StateStore } from '../contract.js';
import type { RedisClient } from './connection/connection.js';
import {
  APPEND,
  DELETE_IF_EQUAL,
  EXTEND_IF_EQUAL,
  REMOVE_OLDEST,
  REPLACE_IF_EQUAL,
  SET_FIELD,
  TAKE_SLOT,
} from './scripts/index.js';

/** Keys of one script: each of them and its values are arguments of some functions in a row, whose stack is not endless. */
const REPLACED_AT_ONCE = 1_000;
/** Keys looked at in one step of a walk: small enough not to be felt by others. */
const SCAN_COUNT = 500;

/** Runs a script; the engine adds waiting for the connection and its errors. */
export type RunScript = (
  name: ScriptName | keyof typeof STATE_SCRIPT_OF_MANY,
  key: string | number,
  ...args: (string | number)[]
) => Promise<unknown>;

/** Scripts with one key, each known to Redis by its digest. */
export const STATE_SCRIPTS = {
  bizinsightsSetField: SET_FIELD,
  bizinsightsExtendIfEqual: EXTEND_IF_EQUAL,
  bizinsightsDeleteIfEqual: DELETE_IF_EQUAL,
  bizinsightsTakeSlot: TAKE_SLOT,
  bizinsightsAppend: APPEND,
  bizinsightsRemoveOldest: REMOVE_OLDEST,
} as const;

/** The same with many keys, whose number is its first argument. */
export const STATE_SCRIPT_OF_MANY = { bizinsightsReplaceIfEqual: { lua: REPLACE_IF_EQUAL } } as const;

export type ScriptName = keyof typeof STATE_SCRIPTS;

interface Replacement {
  readonly key: string;
  readonly old: string;
  readonly value: string;
  readonly ttl: number;
}

/**
 * @param run gives the client once it is connected, and turns errors into ours
 */
export function createRedisState(
  prefix: string,
  run: <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>,
  script: RunScript,
  isCluster: boolean,
): StateStore {
  const full = (key: string) => `${prefix}${key}`;
  /** What is asked for in one turn goes together, but on a Cluster, where each key is in another slot. */
  const together = isCluster ? apart : perTurn;
  const replacePart = async (items: readonly Replacement[]): Promise<boolean[]> => {
    const keys = items.map(({ key }) => full(key));
    const args = items.flatMap(({ old, value, ttl }) => [old, value, ttl]);
    const answers = await script('bizinsightsReplaceIfEqual', items.length, ...keys, ...args);
    return Array.isArray(answers) ? answers.map((answer) => answer === 1) : [];
  };
  const replace = together(async (items: readonly Replacement[]) => {
    const parts: Promise<boolean[]>[] = [];
    for (let start = 0; start < items.length; start += REPLACED_AT_ONCE) {
      parts.push(replacePart(items.slice(start, start + REPLACED_AT_ONCE)));
    }
    return (await Promise.all(parts)).flat();
  });
  return {
    get: async (key) => (await run((client) => client.get(full(key)))) ?? undefined,
    async getMany(keys) {
      // On a Cluster each key is in another slot.
      const values = await run((client) =>
        isCluster ? Promise.all(keys.map((key) => client.get(full(key)))) : client.mget(keys.map(full)),
      );
      return values.map((value) => value ?? undefined);
    },
    async set(key, value, ttl) {
      await run((client) =>
        ttl === undefined ? client.set(full(key), value) : client.set(full(key), value, 'PX', ttl),
      );
    },
    delete: async (key) => (await run((client) => client.del(full(key)))) === 1,
    exists: async (key) => (await run((client) => client.exists(full(key)))) === 1,
    deleteMatching: (start, pattern) =>
      run(async (client) => {
        // To Redis a character is a byte: it finds what may be meant, and what is meant is chosen here.
        const glob = `${escapeGlob(full(start))}${escapeGlob(pattern.replace(/[*?]+/g, '*')).replaceAll('\\*', '*')}`;
        const matches = createMatcher(pattern);
        const isMeant = (key: string) => matches(key.slice(full(start).length));
        const nodes: Redis[] = client instanceof Cluster ? client.nodes('master') : [client];
        const counts = await Promise.all(nodes.map((node) => deleteOnNode(node, client, glob, isMeant)));
        return counts.reduce((sum, count) => sum + count, 0);
      }),
    async setIfAbsent(key, value, ttl) {
      let isAgain = false;
      return run(async (client) => {
        const wasSent = isAgain;
        isAgain = true;
        if ((await client.set(full(key), value, 'PX', ttl, 'NX')) === 'OK') return true;
        // Set by the first time, whose answer was lost.
        return wasSent && (await client.get(full(key))) === value;
      });
    },
    extendIfEqual: async (key, value, ttl) => (await script('bizinsightsExtendIfEqual', full(key), value, ttl)) === 1,
    deleteIfEqual: async (key, value) => (await script('bizinsightsDeleteIfEqual', full(key), value)) === 1,
    replaceIfEqual: (key, old, value, ttl) =>
      replace({ key, old, value, ttl }).then((isReplaced) => isReplaced === true),
    fields: (key) => run((client) => client.hgetall(full(key))),
    async setField(key, field, value, ttl, reset) {
      await script('bizinsightsSetField', full(key), field, value, ttl, reset ? '1' : '0');
    },
    async deleteField(key, field) {
      await run((client) => client.hdel(full(key), field));
    },
    async append(key, entries, keep) {
      await script('bizinsightsAppend', full(key), keep, ...entries);
    },
    entries: (key, start, count) => run((client) => client.lrange(full(key), start, start + count - 1)),
    oldestEntries: async (key, count) => (await run((client) => client.lrange(full(key), -count, -1))).reverse(),
    removeOldest: async (key, count, last) => (await script('bizinsightsRemoveOldest', full(key), count, last)) === 1,
    takeSlot: async (key, member, max, per) => Number(await script('bizinsightsTakeSlot', full(key), member, max, per)),
  };
}

/** In the place of {@link perTurn}. */
function apart<Item, Answer>(answer: (items: readonly Item[]) => Promise<readonly Answer[]>) {
  return async (item: Item) => (await answer([item]))[0];
}

/** SCAN sees the keys of one node; in a Cluster each key is deleted by itself, as they are in different slots. */
async function deleteOnNode(
  node: Redis,
  client: RedisClient,
  glob: string,
  isMeant: (key: string) => boolean,
): Promise<number> {
  let deleted = 0;
  let cursor = '0';
  do {
    const [next, keys] = await node.scan(cursor, 'MATCH', glob, 'COUNT', SCAN_COUNT);
    cursor = next;
    const counts = await Promise.all(keys.filter(isMeant).map((key) => client.unlink(key)));
    deleted += counts.reduce((sum, count) => sum + count, 0);
  } while (cursor !== '0');
  return deleted;
}

/** Every character of Redis's patterns stands for itself. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}
