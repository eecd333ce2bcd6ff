/** Behaviour: `jobs.cache`. Values that processes share, and loads that are made once. */
import { expect, it } from 'vitest';
import { ArgumentError } from '../../../errors.js';
import { createMatcher } from '../../../names.js';
import { gate, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

/** Characters that mean something to some store's patterns, and nothing to ours. */
const SPECIAL = ['%', '_', '[', ']', '\\', '^', '$', '.', '-', '{a}', '(', '|', "'", '"', ':', 'é', '🙂'] as const;

/** Callers of `remember` at once in each process. */
const CALLERS = 25;

export function describeCache(bed: TestBed): void {
  it('gives what was set, to other processes too, until it is deleted', async () => {
    const [one, other] = [bed.open([]).cache, bed.open([]).cache];
    const key = uniqueName('key');
    expect(await one.get(key)).toBeUndefined();
    expect(await one.exists(key)).toBe(false);
    expect(await one.delete(key)).toBe(false);
    for (const value of [{ deep: [1, { a: null }] }, 'text \u0000 "é🙂', 0, false, null, [], '']) {
      await one.set(key, value);
      expect(await other.get(key)).toEqual(value);
    }
    expect(await other.exists(key)).toBe(true);
    expect(await other.delete(key)).toBe(true);
    expect(await one.exists(key)).toBe(false);
    expect(await one.get(key)).toBeUndefined();
  });

  it('keeps undefined as a value of its own: it exists', async () => {
    const { cache } = bed.open([]);
    const key = uniqueName('key');
    await cache.set(key, undefined);
    expect(await cache.get(key)).toBeUndefined();
    expect(await cache.exists(key)).toBe(true);
    let loads = 0;
    expect(await cache.remember(key, 60_000, () => ++loads)).toBeUndefined();
    expect(loads).toBe(0);
  });

  it('forgets a value when its time is over, and takes the time of the last set', async () => {
    const { cache } = bed.open([]);
    const [short, renewed, kept] = [uniqueName('short'), uniqueName('renewed'), uniqueName('kept')];
    await cache.set(renewed, 1, 60);
    await cache.set(renewed, 2);
    await cache.set(kept, 1, 60_000);
    await cache.set(short, 1, 59.5);
    await until(async () => expect(await cache.exists(short)).toBe(false));
    expect(await cache.get(short)).toBeUndefined();
    expect(await cache.delete(short)).toBe(false);
    expect(await cache.get(renewed)).toBe(2);
    expect(await cache.get(kept)).toBe(1);
    await cache.set(short, 'again', 60_000);
    expect(await cache.get(short)).toBe('again');
  });

  it.each([0, -1, Number.NaN])('refuses a ttl of %s ms', async (ttl) => {
    const { cache } = bed.open([]);
    const key = uniqueName('key');
    expect(await rejection(cache.set(key, 1, ttl))).toBeInstanceOf(RangeError);
    let loads = 0;
    expect(await rejection(cache.remember(key, ttl, () => ++loads))).toBeInstanceOf(RangeError);
    expect(loads).toBe(0);
    expect(await cache.exists(key)).toBe(false);
  });

  it('deletes by pattern: * is any text, ? one character', async () => {
    const { cache } = bed.open([]);
    const base = uniqueName('pattern');
    const keys = ['a', 'ab', 'abc', 'b', 'x/ab', 'ab\nc'].map((name) => `${base}:${name}`);
    const fill = () => Promise.all(keys.map((key) => cache.set(key, 1)));
    const left = async () => {
      const found = await Promise.all(keys.map(async (key) => ((await cache.exists(key)) ? [key] : [])));
      return found.flat().map((key) => key.slice(base.length + 1));
    };
    for (const [pattern, remain] of [
      ['a', ['ab', 'abc', 'b', 'x/ab', 'ab\nc']],
      ['a?', ['a', 'abc', 'b', 'x/ab', 'ab\nc']],
      ['a*', ['b', 'x/ab']],
      ['*b', ['a', 'abc', 'ab\nc']],
      ['a?*c', ['a', 'ab', 'b', 'x/ab']],
      ['A', ['a', 'ab', 'abc', 'b', 'x/ab', 'ab\nc']],
      ['', ['a', 'ab', 'abc', 'b', 'x/ab', 'ab\nc']],
      ['*', []],
    ] as const) {
      await fill();
      expect(await cache.deletePattern(`${base}:${pattern}`), pattern).toBe(keys.length - remain.length);
      expect(await left(), pattern).toEqual(remain);
    }
  });

  it('takes every other character of a pattern for itself', async () => {
    const { cache } = bed.open([]);
    const base = uniqueName('special');
    const key = (name: string) => `${base}/${name}`;
    for (const character of SPECIAL) {
      const [exact, longer, other] = [key(`a${character}b`), key(`a${character}b2`), key('azzb')];
      await Promise.all([exact, longer, other].map((each) => cache.set(each, 1)));
      expect(await cache.deletePattern(exact), character).toBe(1);
      expect(await cache.exists(exact), character).toBe(false);
      expect(await cache.deletePattern(key(`a${character}b?`)), character).toBe(1);
      expect(await cache.deletePattern(key(`a${character}*`)), character).toBe(0);
      expect(await cache.exists(other), character).toBe(true);
    }
    // Stars and question marks in keys are met by the patterns' own.
    await Promise.all(['a*b', 'a?b', 'a\\*b'].map((name) => cache.set(key(name), 1)));
    expect(await cache.deletePattern(key('a\\*'))).toBe(1);
    expect(await cache.deletePattern(key('a?b'))).toBe(2);
    expect(await cache.deletePattern(key('[a-z]*'))).toBe(0);
    expect(await cache.deletePattern(key('*'))).toBe(1);
  });

  it('deletes 2,000 keys of a pattern, and no others', async () => {
    const { cache } = bed.open([]);
    const base = uniqueName('many');
    const keys = Array.from({ length: 2_000 }, (_, index) => `${base}:user:${index}`);
    for (let start = 0; start < keys.length; start += 200) {
      await Promise.all(keys.slice(start, start + 200).map((key) => cache.set(key, 1, 60_000)));
    }
    await cache.set(`${base}:team:1`, 1);
    expect(await cache.deletePattern(`${base}:user:*`)).toBe(2_000);
    expect(await cache.exists(`${base}:user:1999`)).toBe(false);
    expect(await cache.exists(`${base}:team:1`)).toBe(true);
    expect(await cache.deletePattern(`${base}:user:*`)).toBe(0);
  });

  it('loads once for 50 callers in two processes, and again when the time is over', async () => {
    const caches = [bed.open([]).cache, bed.open([]).cache];
    const key = uniqueName('remember');
    let loads = 0;
    const load = async () => {
      const mine = ++loads;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { load: mine };
    };
    const ask = (ttl: number) =>
      Promise.all(caches.flatMap((cache) => Array.from({ length: CALLERS }, () => cache.remember(key, ttl, load))));
    expect(await ask(300)).toEqual(Array.from({ length: 2 * CALLERS }, () => ({ load: 1 })));
    expect(loads).toBe(1);
    await until(async () => expect(await caches[0]?.exists(key)).toBe(false));
    expect(await ask(60_000)).toEqual(Array.from({ length: 2 * CALLERS }, () => ({ load: 2 })));
    expect(await ask(60_000)).toEqual(Array.from({ length: 2 * CALLERS }, () => ({ load: 2 })));
    expect(loads).toBe(2);
  });

  it('does not make one key wait for the load of another', async () => {
    const { cache } = bed.open([]);
    const blocked = gate();
    const [slow, quick] = [uniqueName('slow'), uniqueName('quick')];
    const waiting = cache.remember(slow, 60_000, () => blocked.opened);
    expect(await cache.remember(quick, 60_000, () => 'quick')).toBe('quick');
    blocked.open();
    expect(await waiting).toBeUndefined();
  });

  it('keeps nothing of a load that fails: its callers hear it, and the other process loads', async () => {
    const caches = [bed.open([]).cache, bed.open([]).cache];
    const key = uniqueName('failing');
    let loads = 0;
    const load = async () => {
      loads += 1;
      if (loads === 1) throw new Error('no rates today');
      return 'rates';
    };
    const asked = await Promise.all(
      caches.map((cache) =>
        Promise.allSettled(Array.from({ length: CALLERS }, () => cache.remember(key, 60_000, load))),
      ),
    );
    const heard = asked.map((calls) =>
      calls.map((call) => (call.status === 'fulfilled' ? call.value : String(call.reason))),
    );
    expect(new Set(heard.map((calls) => new Set(calls).size))).toEqual(new Set([1]));
    expect(heard.map(([first]) => first).sort()).toEqual(['Error: no rates today', 'rates']);
    expect(loads).toBe(2);
    expect(await caches[0]?.get(key)).toBe('rates');
  });

  it('lets the next caller load at once after one that failed', async () => {
    const { cache } = bed.open([]);
    const key = uniqueName('failing');
    const fails = () => {
      throw new TypeError('thrown, not rejected');
    };
    expect(await rejection(cache.remember(key, 60_000, fails))).toBeInstanceOf(TypeError);
    expect(await cache.exists(key)).toBe(false);
    expect(await cache.remember(key, 60_000, () => 1)).toBe(1);
    await cache.delete(key);
    expect(await cache.remember(key, 60_000, () => 2)).toBe(2);
  });

  it.each(['another process', 'the same process'])(
    'lets the next caller of %s load when a load hangs',
    async (where) => {
      const first = bed.open([]).cache;
      const next = where === 'the same process' ? first : bed.open([]).cache;
      const key = uniqueName('hanging');
      const [begun, blocked, aborted] = [gate(), gate(), gate()];
      const hanging = first.remember(
        key,
        60_000,
        async ({ signal }) => {
          signal.addEventListener('abort', () => aborted.open());
          begun.open();
          await blocked.opened;
          return 'old';
        },
        { hold: 200 },
      );
      await begun.opened;
      const waiting = [next, next, next].map((cache) => cache.remember(key, 60_000, () => 'new'));
      expect(await Promise.all(waiting)).toEqual(['new', 'new', 'new']);
      await aborted.opened;
      blocked.open();
      // Its own caller has what it has loaded; it takes nothing newer away.
      expect(await hanging).toBe('old');
      expect(await first.get(key)).toBe('new');
      expect(await next.remember(key, 60_000, () => 'newer')).toBe('new');
    },
  );

  it('does not keep what a late load brings, also where the value of the next one is gone', async () => {
    const { cache } = bed.open([]);
    const key = uniqueName('late');
    const blocked = gate();
    const hanging = cache.remember(key, 60_000, () => blocked.opened.then(() => 'old'), { hold: 50 });
    await cache.remember(key, 60_000, () => 'new');
    await cache.delete(key);
    blocked.open();
    expect(await hanging).toBe('old');
    expect(await cache.exists(key)).toBe(false);
  });

  it('does not overwrite what was set while it was loaded', async () => {
    const { cache } = bed.open([]);
    const key = uniqueName('set');
    const [begun, blocked] = [gate(), gate()];
    const loading = cache.remember(key, 60_000, async () => {
      begun.open();
      await blocked.opened;
      return 'loaded';
    });
    await begun.opened;
    await cache.set(key, 'set');
    blocked.open();
    expect(await loading).toBe('loaded');
    expect(await cache.get(key)).toBe('set');
  });

  it('keeps no value that JSON cannot carry, and lets the next one load at once', async () => {
    const { cache } = bed.open([]);
    const key = uniqueName('bigint');
    expect(await rejection(cache.remember(key, 60_000, () => 1n))).toBeInstanceOf(ArgumentError);
    expect(await rejection(cache.set(key, 1n))).toBeInstanceOf(ArgumentError);
    expect(await cache.remember(key, 60_000, () => 1)).toBe(1);
  });

  it.each([0, -1, Number.NaN, 3_600_001])('refuses to hold others for %s ms', async (hold) => {
    const { cache } = bed.open([]);
    const refused = await rejection(cache.remember(uniqueName('hold'), 60_000, () => 1, { hold }));
    expect(refused).toBeInstanceOf(RangeError);
  });

  it('means by a pattern what its characters say, whatever they are', async () => {
    const { cache } = bed.open([]);
    const signs = [
      'a',
      'A',
      'b',
      'é',
      'e\u0301',
      '🙂',
      '👍🏽',
      'ß',
      'İ',
      '\n',
      '\r',
      '\t',
      ' ',
      '%',
      '_',
      '\\',
      '[',
      ']',
      '^',
      '{',
      '-',
    ];
    let seed = 20_260;
    const below = (limit: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed >>> 8) % limit;
    };
    const word = (from: readonly string[]) => Array.from({ length: below(5) }, () => from[below(from.length)]).join('');
    const base = uniqueName('any');
    const keys = [...new Set(Array.from({ length: 60 }, () => `${base}${word([...signs, '*', '?'])}`))];
    for (let round = 0; round < 40; round++) {
      // Half of the patterns are made of a key, so that they find something.
      const pattern =
        round % 2 === 0
          ? base + word([...signs, '*', '?'])
          : base +
            [...(keys[below(keys.length)] ?? '').slice(base.length)].map((sign) => ['?', '*', sign][below(3)]).join('');
      await Promise.all(keys.map((key) => cache.set(key, 1)));
      const matches = createMatcher(pattern);
      const meant = keys.filter(matches);
      expect(await cache.deletePattern(pattern), JSON.stringify(pattern)).toBe(meant.length);
      const left = await Promise.all(keys.map(async (key) => ((await cache.exists(key)) ? [key] : [])));
      expect(left.flat(), JSON.stringify(pattern)).toEqual(keys.filter((key) => !matches(key)));
    }
  });
}
