// Whatever a value is made of, and however it is written: it does not leave.
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './redact.js';

const SEED = { seed: 20_261_128, numRuns: 300 } as const;

const SPECIAL = [...'aZ09 %+<>&"\'\\/=?#{}\n\tüßÄñéΣςΐİıſ日本😀\u00a0'];
/** Four characters and more, of letters, quotes, escapes' own signs and other scripts. */
const secret = fc
  .array(fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' })), {
    minLength: 4,
    maxLength: 24,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text.length >= 4 && !/\p{Surrogate}/u.test(text));

const html = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? '',
  );
const jsonInside = (text: string) => JSON.stringify(text).slice(1, -1);
const form = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);
const lowerHex = (text: string) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

/** How a value may be written. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in upper case': (text) => text.toUpperCase(),
  'in lower case': (text) => text.toLowerCase(),
  'URL-encoded': encodeURIComponent,
  'URL-encoded, hex in lower case': (text) => lowerHex(encodeURIComponent(text)),
  'URL-encoded as a whole address is': encodeURI,
  'in a form': form,
  'in a form, hex in lower case': (text) => lowerHex(form(text)),
  'URL-encoded with spaces as +': (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  'in upper case and URL-encoded': (text) => encodeURIComponent(text.toUpperCase()),
  'URL-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in JSON': jsonInside,
  'in JSON of ASCII': (text) =>
    jsonInside(text).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in JSON in JSON': (text) => jsonInside(jsonInside(text)),
  'as Node shows it': (text) => inspect(text, { maxStringLength: null }).slice(1, -1),
  'in HTML': html,
  'in HTML, by decimal codes': (text) => [...text].map((one) => `&#${one.codePointAt(0)};`).join(''),
  'in HTML, by hex codes': (text) => [...text].map((one) => `&#x${one.codePointAt(0)?.toString(16)};`).join(''),
  'in HTML in JSON': (text) => jsonInside(html(text)),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64 without padding': (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  'in base64 for addresses': (text) => Buffer.from(text).toString('base64url'),
  'in base64, URL-encoded': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
};

describe.each(Object.entries(FORMS))('a value %s', (_name, write) => {
  const redactor = createRedactor(['user.token', 'headers']);

  it('is taken out of texts, and what stands around it stays', () => {
    fc.assert(
      fc.property(secret, (value) => {
        const [before, after] = ['«before» ', ' «after»'];
        const text = redactor.text(`${before}${write(value)}${after}`, { user: { token: value } });
        expect(text.startsWith(before)).toBe(true);
        expect(text.endsWith(after)).toBe(true);
        // Nothing of it but the padding of base64.
        expect(text.slice(before.length, -after.length)).toMatch(/^\[redacted\](=|%3D)*$/);
      }),
      SEED,
    );
  });

  it('is taken out of values and keys', () => {
    fc.assert(
      fc.property(secret, (value) => {
        const written = write(value);
        const shown = { [written]: 1, list: [{ text: written }], [`a ${written}`]: { deep: `b ${written} c` } };
        const clean = redactor.anywhere(shown, { user: { token: value } });
        const texts: string[] = [];
        JSON.stringify(clean, (key, item: unknown) => {
          texts.push(key, ...(typeof item === 'string' ? [item] : []));
          return item;
        });
        for (const text of texts) expect(text).not.toContain(written);
        expect(texts.filter((text) => text.includes('[redacted]')).length).toBeGreaterThanOrEqual(4);
      }),
      { ...SEED, numRuns: 60 },
    );
  });
});

it('what is not named is left as it is', () => {
  const redactor = createRedactor(['user.token']);
  fc.assert(
    fc.property(fc.string({ minLength: 0, maxLength: 200, unit: 'grapheme' }), (text) => {
      expect(redactor.text(text, { user: { token: 'no-such-value-anywhere' } })).toBe(text);
    }),
    SEED,
  );
});

it('numbers are found as texts, values and keys, and shorter ones stay', () => {
  const redactor = createRedactor(['pin', 'short']);
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 1_000, max: 2 ** 40 }), fc.double({ min: 1_000, max: 1e9, noNaN: true })),
      (pin) => {
        const clean = redactor.anywhere(
          { pin, [String(pin)]: `pin=${encodeURIComponent(pin)}`, count: 7 },
          { pin, short: 7 },
        );
        expect(JSON.stringify(clean)).not.toContain(String(pin));
        expect(clean).toMatchObject({ count: 7 });
      },
    ),
    SEED,
  );
});
