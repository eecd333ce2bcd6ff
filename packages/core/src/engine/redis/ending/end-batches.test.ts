/** Which ends go together. */
import { expect, it } from 'vitest';
import { EndBatches, type EndTerms } from './end-batches.js';

const KEEP: EndTerms = { count: '-1000', age: 60 };
const OTHERS: EndTerms = { count: '-500' };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Ends that are sent to scripts which answer the ids, or fail. */
function open({ concurrency, fails = false }: { concurrency: number; fails?: boolean }) {
  const sent: { by: 'one' | 'some'; ids: string[]; head: string[] }[] = [];
  const answer = <T>(by: 'one' | 'some', args: readonly string[], value: (ids: string[]) => T): Promise<T> => {
    const ids = args.slice(5).filter((_, n) => n % 3 === 0);
    sent.push({ by, ids, head: args.slice(0, 5) });
    return fails ? Promise.reject(new Error('away')) : Promise.resolve(value(ids));
  };
  const batches = new EndBatches(concurrency, {
    one: (args) => answer('one', args, ([id]) => `end of ${id}`),
    some: (args) => answer('some', args, (ids) => ids.map((id) => `end of ${id}`)),
  });
  return {
    sent,
    ids: () => sent.map(({ ids }) => ids.join(' ')),
    end: (id: string, { terms = KEEP, isNextWanted = true }: { terms?: EndTerms; isNextWanted?: boolean } = {}) =>
      batches.end<unknown>(
        { id, token: 'token', result: '1', isNextWanted },
        terms,
        (value) => value,
        async (error) => error,
      ),
  };
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `job-${n}`);

it.each([
  { concurrency: 1, sizes: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
  { concurrency: 5, sizes: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
  { concurrency: 6, sizes: [3, 3, 3, 1] },
  { concurrency: 10, sizes: [5, 5] },
  { concurrency: 16, sizes: [8, 2] },
  { concurrency: 500, sizes: [8, 2] },
])('sends at most half of a concurrency of $concurrency together', async ({ concurrency, sizes }) => {
  const { sent, end } = open({ concurrency });
  const answers = await Promise.all(ids(10).map((id) => end(id)));
  expect(sent.map((one) => one.ids.length)).toEqual(sizes);
  expect(sent.map(({ by }) => by)).toEqual(sizes.map((size) => (size === 1 ? 'one' : 'some')));
  expect(answers).toEqual(ids(10).map((id) => `end of ${id}`));
});

it('sends what there is at the end of what Node has to do', async () => {
  const { ids: sentIds, end } = open({ concurrency: 50 });
  const first = end('a').then(() => end('b'));
  const second = Promise.resolve().then(() => end('c'));
  expect(sentIds()).toEqual([]);
  await turn();
  expect(sentIds()).toEqual(['a c', 'b']);
  await Promise.all([first, second]);
});

it('sends together what has the same terms', async () => {
  const { ids: sentIds, sent, end } = open({ concurrency: 50 });
  await Promise.all([
    end('a'),
    end('b'),
    end('c', { terms: OTHERS }),
    end('d', { terms: OTHERS, isNextWanted: false }),
    end('e', { terms: OTHERS, isNextWanted: false }),
  ]);
  expect(sentIds()).toEqual(['a b', 'c', 'd e']);
  expect(sent.map(({ head }) => [head[1], head[2], head[3] !== ''])).toEqual([
    ['1', '-1000', true],
    ['1', '-500', false],
    ['0', '-500', false],
  ]);
});

it('sends no more together than are kept', async () => {
  const { ids: sentIds, end } = open({ concurrency: 50 });
  const terms = { count: '-2' };
  await Promise.all(ids(5).map((id) => end(id, { terms })));
  expect(sentIds()).toEqual(['job-0 job-1', 'job-2 job-3', 'job-4']);
});

it('tells each of them why they could not be ended', async () => {
  const { end } = open({ concurrency: 50, fails: true });
  const errors = await Promise.all(ids(4).map((id) => end(id)));
  expect(errors.map(String)).toEqual(ids(4).map(() => 'Error: away'));
});
