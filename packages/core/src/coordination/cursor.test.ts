import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ArgumentError } from '../errors.js';
import { cursorCodec } from './cursor.js';

const notes = cursorCodec('notes', z.object({ before: z.int().min(0) }));
const others = cursorCodec('others', z.object({ before: z.int().min(0) }));
const ofText = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it('comes back as what it was made of', () => {
    expect(notes.read(notes.write({ before: 12_345 }))).toEqual({ before: 12_345 });
  });

  it('is one word that an address can carry as it is', () => {
    const texts = cursorCodec('texts', z.string());
    const cursor = texts.write('é/?+ 💥\n');
    expect(encodeURIComponent(cursor)).toBe(cursor);
    expect(texts.read(cursor)).toBe('é/?+ 💥\n');
  });

  it.each([
    ['nothing', ''],
    ['a word', 'x'],
    ['no cursor at all', '💥'],
    ['text that is not JSON', ofText('not a cursor')],
    ['other JSON', ofText('{"before":1}')],
    ['null', ofText('null')],
    ['a place that cannot be', ofText('["notes",{"before":-1}]')],
    ['more than a place', ofText('["notes",{"before":1},1]')],
    ['the cursor of another list', others.write({ before: 1 })],
  ])('is refused when it is %s', (_, cursor) => {
    expect(() => notes.read(cursor)).toThrow(ArgumentError);
    expect(() => notes.read(cursor)).toThrow('The cursor is not one of this list');
  });
});
