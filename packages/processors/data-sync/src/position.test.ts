// Which read a job begins or goes on with: of all that is stored of a stream, and of what the job asks for.
import { expect, it } from 'vitest';
import { type Position, type Read, readPosition, startFrom, type Wish, withRead } from './position.js';

const ACCOUNT = { name: 'acme', alias: 'acme', mode: undefined };
const counts = { pages: 2, records: 20, rejected: 0, deleted: 0 };

const readOf = (changes: Partial<Read>): Read => ({
  ...{ state: 'reading', run: 'earlier', mode: 'incremental', since: null, cursor: 'amid', watermark: null, counts },
  ...{ asOf: 5, caveats: [], offer: null, full: null },
  ...changes,
});
const stored = (changes: Partial<Read>, again?: Partial<Read>): Position => {
  const wish: Wish = { run: 'earlier', mode: 'incremental', since: null };
  const position = withRead(undefined, wish, ACCOUNT, readOf(changes), undefined);
  return { ...position, again: again ? readOf(again) : null };
};

const ENDED = stored({ state: 'done', cursor: 'end', mode: 'full' });
const AMID_FULL = stored({ mode: 'full' });
const AMID_INCREMENTAL = stored({ watermark: { cursor: 'end' } });

const full = { mode: 'full', since: null } as const;
const incremental = { mode: 'incremental', since: null } as const;
const FRESH_FULL = { mode: 'full', cursor: undefined, isFresh: true, isTakenOver: false };

it.each<[string, Position | undefined, Omit<Wish, 'run'> & { readonly run?: string }, object]>([
  ['nothing is stored, full', undefined, full, FRESH_FULL],
  ['nothing is stored', undefined, incremental, { ...FRESH_FULL, mode: 'incremental' }],
  ['a read has ended, full', ENDED, full, FRESH_FULL],
  ['a read has ended', ENDED, incremental, { mode: 'incremental', cursor: 'end', isFresh: true, isTakenOver: false }],
  ['a full read of another job stopped, full', AMID_FULL, full, FRESH_FULL],
  [
    'a full read of another job stopped',
    AMID_FULL,
    incremental,
    { mode: 'full', cursor: 'amid', isFresh: false, isTakenOver: true },
  ],
  ['an incremental read of another job stopped, full', AMID_INCREMENTAL, full, FRESH_FULL],
  [
    'an incremental read of another job stopped',
    AMID_INCREMENTAL,
    incremental,
    { mode: 'incremental', cursor: 'amid', watermark: { cursor: 'end' }, isFresh: false, isTakenOver: true },
  ],
  [
    'an earlier attempt stopped',
    AMID_FULL,
    { ...full, run: 'earlier' },
    { mode: 'full', cursor: 'amid', isFresh: false, isTakenOver: false, counts },
  ],
  [
    'a read again from a moment on, over an end',
    ENDED,
    { ...incremental, since: 7 },
    { mode: 'incremental', cursor: undefined, since: 7, isFresh: true },
  ],
  [
    'an earlier attempt to read again stopped',
    stored({ state: 'done', cursor: 'end' }, { run: 'again', since: 7, cursor: 'amid again' }),
    { ...incremental, since: 7, run: 'again' },
    { cursor: 'amid again', since: 7, isFresh: false, isTakenOver: false },
  ],
])('%s', (_name, position, wish, start) => {
  expect(startFrom(position, { run: 'now', ...wish })).toMatchObject(start);
});

it('reads what an older version has stored, with the cursors that it had', () => {
  const cursor = { version: 1, mode: 'full', position: { after: 'o7', from: null, newest: 9 }, watermark: null };
  const main = { state: 'reading', run: 'earlier', mode: 'full', since: null, cursor, watermark: null, counts };
  const position = readPosition({ account: 'acme', main, again: null }, ACCOUNT);
  expect(startFrom(position, { run: 'now', ...incremental })).toMatchObject({
    mode: 'full',
    cursor,
    isTakenOver: true,
  });
  const ended = { ...main, state: 'done', cursor: { version: 1, watermark: 9 } };
  const done = readPosition({ account: 'acme', main: ended, again: null }, ACCOUNT);
  expect(startFrom(done, { run: 'now', ...incremental })).toMatchObject({
    mode: 'incremental',
    cursor: { version: 1, watermark: 9 },
    watermark: { cursor: { version: 1, watermark: 9 } },
  });
});
