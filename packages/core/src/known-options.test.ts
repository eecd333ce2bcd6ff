import { expect, it } from 'vitest';
import { unknownOptions } from './known-options.js';

const known = ['attempts', 'backoff', 'timeout', 'priority', 'name', 'id'];

it.each([
  ['attempt', 'attempts'],
  ['nmae', 'name'],
  ['backOff', 'backoff'],
  ['time_out', 'timeout'],
  ['prio', undefined],
  ['x', undefined],
  ['everything', undefined],
])('finds what "%s" was meant to be', (name, meant) => {
  const [unknown] = unknownOptions({ [name]: 1, name: 'fine' }, known);
  expect(unknown?.name).toBe(name);
  expect(unknown?.hint.match(/did you mean "(.*?)"/)?.[1]).toBe(meant);
  expect(unknown?.hint).toContain('nown are attempts, backoff, id, name, priority, timeout');
});

it('takes no inherited name for an option', () => {
  expect(unknownOptions({ constructor: 1 }, known)).toMatchObject([{ name: 'constructor' }]);
  expect(unknownOptions({}, known)).toEqual([]);
});
