import { describe, expect, it } from 'vitest';
import { jsonBytes, previewText, previewValue } from './preview.js';

/** Values of all shapes, the same in each run. */
function createValues(seed: number): () => unknown {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const texts = ['a', 'é', '🙂', '"', '\\', '\n', '\u0001', '\u2028', 'word '];
  const value = (depth: number): unknown => {
    const kind = random(depth > 5 ? 4 : 6);
    if (kind === 0) return random(1_000) - 500;
    if (kind === 1) return [null, true, false, 0.1, 1e300][random(5)];
    if (kind < 4) return Array.from({ length: random(300) }, () => texts[random(texts.length)]).join('');
    const items = Array.from({ length: random(12) }, () => value(depth + 1));
    return kind === 4 ? items : Object.fromEntries(items.map((item, index) => [`key "${index}`, item]));
  };
  return () => value(0);
}

describe('a preview', () => {
  it('leaves what fits exactly as it is', () => {
    for (const value of [undefined, null, 0, '', 'text', [1, [2]], { a: { b: [] } }]) {
      expect(previewValue(value, 100)).toEqual({ value });
      expect(previewValue(value, 100).value).toBe(value);
    }
    expect(previewText('🙂', 6)).toEqual({ value: '🙂' });
  });

  it('is never larger than its limit, is well-formed, and says how large the whole is', () => {
    const next = createValues(7);
    for (let round = 0; round < 2_000; round++) {
      const value = next();
      const limit = 20 + (round % 400);
      const preview = previewValue(value, limit);
      const json = JSON.stringify(preview.value);
      expect(Buffer.byteLength(json), json).toBeLessThanOrEqual(limit);
      expect(json).not.toMatch(/\\ud[89a-f]/);
      expect(preview.bytes).toBe(jsonBytes(value) > limit ? jsonBytes(value) : undefined);
    }
  });

  it('shows the beginning of each part, so that one large part does not hide the others', () => {
    const { value, bytes } = previewValue({ shop: 's1', note: 'x'.repeat(1_000_000), list: [[1], 2], count: 7 }, 4_000);
    expect(value).toMatchObject({ shop: 's1', note: expect.stringMatching(/^x{400,}…$/), list: [[1], 2], count: 7 });
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  it('shows of a value that is nested deep, wide or of one long text what has a place', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 900; level++) deep = [deep, 'x'.repeat(20)];
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index]));
    for (const value of [deep, wide, 'x'.repeat(1_000_000), Array.from({ length: 1e5 }, () => ({})), { k: [wide] }]) {
      expect(jsonBytes(previewValue(value, 4_000).value)).toBeLessThanOrEqual(4_000);
    }
    expect(previewValue(wide, 4_000).value).toMatchObject({ key0: 0, key100: 100 });
  });
});
