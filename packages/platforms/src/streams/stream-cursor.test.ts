import { expect, it } from 'vitest';
import { z } from 'zod';
import { streamCursor } from './stream-cursor.js';

const cursors = streamCursor(z.object({ after: z.string() }));
const fresh = cursors.start({ mode: 'full', cursor: undefined });
const inFull = cursors.within(fresh, { after: 'a' });
const inIncremental = cursors.within({ mode: 'incremental', watermark: 7 }, { after: 'b' });

it.each([
  ['nothing, full', undefined, 'full', { mode: 'full', position: undefined, watermark: undefined }],
  ['nothing, incremental', undefined, 'incremental', { position: undefined, watermark: undefined }],
  ['an end, full', cursors.end(5), 'full', { mode: 'full', position: undefined, watermark: undefined }],
  ['an end, incremental', cursors.end(5), 'incremental', { position: undefined, watermark: 5 }],
  ['amid a full read, full', inFull, 'full', { mode: 'full', position: { after: 'a' } }],
  ['amid a full read, incremental', inFull, 'incremental', { mode: 'full', position: { after: 'a' } }],
  ['amid an incremental read', inIncremental, 'incremental', { position: { after: 'b' }, watermark: 7 }],
  ['amid an incremental read, full', inIncremental, 'full', { position: undefined, watermark: undefined }],
  ['nonsense', { version: 9, watermark: 5 }, 'incremental', { position: undefined, watermark: undefined }],
] as const)('%s', (_name, cursor, mode, expected) => {
  expect(cursors.start({ cursor, mode })).toMatchObject(expected);
});

it('is JSON', () => {
  for (const cursor of [inFull, inIncremental, cursors.end(5)])
    expect(JSON.parse(JSON.stringify(cursor))).toEqual(cursor);
});
