import { ConfigError } from '@bizinsights/jobs-core';
import { expect, test } from 'vitest';
import { Keyring, readKeyring } from './keyring.js';

const [OLD, NEW] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));

test('what is encrypted is opened again, and never looks the same twice', () => {
  const keyring = new Keyring(`1:${OLD}`);
  const texts = [1, 2].map(() => keyring.encrypt('a secret ünï 👋', 'integration-1'));
  expect(new Set(texts).size).toBe(2);
  for (const text of texts) {
    expect(text).toMatch(/^v1\.1\.[\w-]+$/);
    expect(text).not.toContain(Buffer.from('a secret').toString('base64url').slice(0, 8));
    expect(keyring.decrypt(text, 'integration-1')).toBe('a secret ünï 👋');
  }
});

test('a new key stands before the old one, which still opens what it has encrypted', () => {
  const old = new Keyring(`1:${OLD}`);
  const both = new Keyring(` 2:${NEW} , 1:${OLD}`);
  const text = old.encrypt('secret', 'a');
  expect(both.isCurrent(text)).toBe(false);
  expect(both.decrypt(text, 'a')).toBe('secret');
  const anew = both.encrypt('secret', 'a');
  expect(both.isCurrent(anew)).toBe(true);
  expect(() => old.decrypt(anew, 'a')).toThrow(/no key "2"/);
});

test('what was changed, is of another integration, or under another key of that id is not opened', () => {
  const keyring = new Keyring(`1:${OLD}`);
  const text = keyring.encrypt('secret', 'a');
  const flipped = text.slice(0, -2) + (text.at(-2) === 'A' ? 'B' : 'A') + text.at(-1);
  expect(() => keyring.decrypt(flipped, 'a')).toThrow(ConfigError);
  expect(() => keyring.decrypt(text, 'b')).toThrow(ConfigError);
  expect(() => new Keyring(`1:${NEW}`).decrypt(text, 'a')).toThrow(/key "1" does not open/);
  for (const odd of ['', 'v1', 'v1.1', 'v1.1.', 'v1.1.AAAA', 'v2.1.AAAA', 'secret']) {
    expect(() => keyring.decrypt(odd, 'a')).toThrow(ConfigError);
  }
});

test.each([
  [undefined, /is needed/],
  ['  ', /is needed/],
  [OLD, /needs an id/],
  [`a b:${OLD}`, /needs an id/],
  ['1:short', /key "1" is not 32 bytes/],
  [`1:${OLD},1:${NEW}`, /two keys have the id "1"/],
  [`1:${OLD},`, /key 2 needs an id/],
])('keys that are none are refused: %s', (keys, reason) => {
  expect(() => readKeyring(keys)).toThrow(reason);
  expect(() => readKeyring(keys)).toThrow(ConfigError);
});
