import { expect, it } from 'vitest';
import { z } from 'zod';
import { streamCursor } from './stream-cursor.js';

const cursors = streamCursor(z.object({ after: z.string() }));
const within = cursors.within({ after: 'a' });

const FROM_THE_START = { position: undefined, seenUntil: undefined };

it.each([
  ['nothing, full', undefined, 'full', FROM_THE_START],
  ['nothing, incremental', undefined, 'incremental', FROM_THE_START],
  ['an end, full', cursors.end(5), 'full', FROM_THE_START],
  ['an end, incremental', cursors.end(5), 'incremental', { position: undefined, seenUntil: 5 }],
  ['amid a full read', within, 'full', { position: { after: 'a' }, seenUntil: undefined }],
  ['amid an incremental read', within, 'incremental', { position: { after: 'a' }, seenUntil: undefined }],
  ['another version', { version: 9, watermark: 5 }, 'incremental', FROM_THE_START],
  ['nonsense', 'nonsense', 'incremental', FROM_THE_START],
] as const)('%s', (_name, cursor, mode, start) => {
  expect(cursors.start({ cursor, mode })).toEqual(start);
});

it('says where a read is, and neither its mode nor where the one before has ended', () => {
  expect(within).toEqual({ version: 1, position: { after: 'a' } });
});

// As they stand in the databases of hosts that have synced with an older version.
it.each([
  ['amid a full read', { version: 1, mode: 'full', position: { after: 'a' }, watermark: null }, 'full'],
  [
    'amid an incremental read',
    { version: 1, mode: 'incremental', position: { after: 'a' }, watermark: 7 },
    'incremental',
  ],
] as const)('goes on from a cursor that an older version has stored %s', (_where, cursor, mode) => {
  expect(cursors.start({ cursor, mode })).toEqual({ position: { after: 'a' }, seenUntil: undefined });
});

it('begins where a read has ended that an older version has stored', () => {
  const cursor = { version: 1, watermark: 1_764_000_000_000 };
  expect(cursors.start({ cursor, mode: 'incremental' })).toEqual({ position: undefined, seenUntil: 1_764_000_000_000 });
});

it('is JSON', () => {
  for (const cursor of [within, cursors.end(5)]) expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor);
});
