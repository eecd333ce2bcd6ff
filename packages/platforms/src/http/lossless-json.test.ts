import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLosslessly } from './lossless-json.js';

/** What a parser makes of a text: a value, or that it is none. */
function outcome(parse: (text: string) => unknown, text: string) {
  try {
    return { value: parse(text) };
  } catch (error) {
    return { isSyntaxError: error instanceof SyntaxError };
  }
}

describe('parseLosslessly', () => {
  it.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['1000000000000001', 1_000_000_000_000_001],
    ['[1,820982911946154508 ]', [1, '820982911946154508']],
    ['[820982911946154508,820982911946154509]', ['820982911946154508', '820982911946154509']],
    ['{"id":\n820982911946154508\n}', { id: '820982911946154508' }],
    ['{"id":{"id":120208912345678901}}', { id: { id: '120208912345678901' } }],
    [`{"a":"\\": 9007199254740993","b\\\\":9007199254740993}`, { a: '": 9007199254740993', 'b\\': '9007199254740993' }],
    ['"at 9007199254740993"', 'at 9007199254740993'],
    ['9007199254740993.5', Number('9007199254740993.5')],
    ['9007199254740993e2', Number('9007199254740993e2')],
    ['0.12345678901234567890', Number('0.1234567890123456789')],
    ['1e400', Number.POSITIVE_INFINITY],
  ])('%s', (text, value) => expect(parseLosslessly(text)).toEqual(value));

  it.each([
    ['\ufeff{"a":1}'],
    ['\ufeff\ufeff{"a":1}'],
    ['\ufeff\r\n{"a":1}'],
    ['\n\n\ufeff {"a":1}\n'],
    ['{"a":1}\ufeff'],
  ])('leaves out marks and lines around the JSON: %j', (text) => expect(parseLosslessly(text)).toEqual({ a: 1 }));

  it('keeps a mark that stands in a text', () => expect(parseLosslessly('\ufeff"\ufeffa"')).toBe('\ufeffa'));

  it.each([
    [''],
    ['\ufeff'],
    ['<b>Warning</b>: headers already sent {"a":1}'],
    ['{"a":1}\ufeff{"a":1}'],
    ['{9007199254740993:1}'],
    ['{9007199254740993 : 1}'],
    ['[09007199254740993]'],
    ['[-09007199254740993]'],
    ['[+9007199254740993]'],
    ['[--9007199254740993]'],
    ['[9007199254740993"a"]'],
    ['[1 9007199254740993]'],
    ['{"a" 9007199254740993}'],
    ['{"a":1,9007199254740993}'],
    ['[9007199254740993.]'],
    ['"9007199254740993'],
    ['[9007199254740993'],
  ])('refuses %j', (text) => expect(() => parseLosslessly(text)).toThrow(SyntaxError));

  it('takes keys that come twice, and __proto__, as JSON.parse does', () => {
    const text = '{"a":1,"a":9007199254740993,"__proto__":{"polluted":true}}';
    const parsed = parseLosslessly(text);
    expect(JSON.stringify(parsed)).toBe('{"a":"9007199254740993","__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it.each([
    ['[', 1_000_000],
    ['{"a":', 200_000],
    ['9', 1_000_000],
    ['"\\"', 300_000],
    ['\\"', 500_000],
    ['-', 1_000_000],
    ['9007199254740993:', 60_000],
  ])('is not held up by %j, many times', (part, times) => {
    // 16 digits, so that it is looked through.
    expect(outcome(parseLosslessly, `[9007199254740993,${part.repeat(times)}`)).toEqual({ isSyntaxError: true });
  });

  it('reads what is nested as deep as JSON.parse does', () => {
    const depth = 100_000;
    let value = parseLosslessly(`${'['.repeat(depth)}9007199254740993${']'.repeat(depth)}`);
    for (let level = 0; level < depth; level++) [value] = Array.isArray(value) ? value : [];
    expect(value).toBe('9007199254740993');
  });

  it('reads any JSON as JSON.parse does, but for the integers that it would round', () => {
    const integer = fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: 'binary' }),
        integer,
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    }));
    const write = (one: unknown): string => {
      if (typeof one === 'bigint') return String(one);
      if (Array.isArray(one)) return `[ ${one.map(write).join(' ,\n')}]`;
      if (typeof one !== 'object' || one === null) return JSON.stringify(one);
      return `{${Object.entries(one).map(([key, item]) => `${JSON.stringify(key)} : ${write(item)}`)}}`;
    };
    const expected = (one: unknown): unknown => {
      if (typeof one === 'bigint') return Number.isSafeInteger(Number(one)) ? Number(one) : String(one);
      if (typeof one === 'number') {
        // As a large double is written, it is an integer of many digits.
        const text = JSON.stringify(one);
        return /^-?\d{16,}$/.test(text) && !Number.isSafeInteger(one) ? text : JSON.parse(text);
      }
      if (Array.isArray(one)) return one.map(expected);
      if (typeof one !== 'object' || one === null) return one;
      return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, expected(item)]));
    };
    fc.assert(
      fc.property(value, (one) => {
        expect(parseLosslessly(write(one))).toEqual(expected(one));
      }),
    );
  });

  it('refuses and takes the same texts as JSON.parse', () => {
    const part = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      ' ',
      '-',
      '9007199254740993',
      '1',
      '.',
      'e',
      'a',
    );
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    const isTaken = (parse: (given: string) => unknown, given: string) => 'value' in outcome(parse, given);
    fc.assert(
      fc.property(text, (given) => {
        expect(isTaken(parseLosslessly, given)).toBe(isTaken(JSON.parse, given));
      }),
      { numRuns: 2_000 },
    );
  });
});
