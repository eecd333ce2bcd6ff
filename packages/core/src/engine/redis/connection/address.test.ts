import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../errors.js';
import { parseRedisAddress } from './address.js';

describe('parseRedisAddress', () => {
  it.each([
    ['redis://localhost', { nodes: [{ host: 'localhost', port: 6379 }], tls: false, db: 0, text: 'localhost:6379' }],
    ['redis://cache:6380/3', { nodes: [{ host: 'cache', port: 6380 }], db: 3, text: 'cache:6380/3' }],
    ['redis://cache/', { db: 0, text: 'cache:6379' }],
    ['redis://[::1]:6379', { nodes: [{ host: '::1', port: 6379 }], text: '[::1]:6379' }],
    ['redis://:p%40ss%3A@cache', { username: undefined, password: 'p@ss:', text: 'cache:6379' }],
    ['redis://ann:a:b@cache', { username: 'ann', password: 'a:b' }],
    ['rediss://ann:secret@cache', { tls: true, username: 'ann', password: 'secret', text: 'cache:6379' }],
    [
      'redis-cluster://:secret@a:1,b:2,c',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 6379 },
        ],
        text: 'a:1,b:2,c:6379',
      },
    ],
    ['redis-sentinel://a,b:1/main', { kind: 'sentinel', name: 'main', text: 'a:26379,b:1/main' }],
    ['redis-sentinel://a', { name: 'mymaster' }],
    ['rediss-sentinel://a/main', { kind: 'sentinel', tls: true }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisAddress(url)).toMatchObject(expected);
  });

  it.each([
    ['a host that is missing', 'redis://'],
    ['a path without a host', 'redis:///0'],
    ['a port that is none', 'redis://:secret@cache:99999'],
    ['a port that is no number', 'redis://:secret@cache:port'],
    ['a host that cannot be', 'redis://:secret@ca che'],
    ['a database that is none', 'redis://:secret@cache/zero'],
    ['a database of a cluster', 'redis-cluster://:secret@a,b/2'],
    ['several hosts without a word of what they are', 'redis://:secret@a,b'],
    ['settings behind "?"', 'redis://:secret@cache?family=6'],
    ['a password with "@"', 'redis://:half@secret@cache'],
    ['a password with "/"', 'redis://:half/secret@cache'],
    ['a password with "?"', 'redis://:half?secret@cache'],
    ['a password with "#"', 'redis://:half#secret@cache'],
    ['a password with a lone "%"', 'redis://:secret%zz@cache'],
  ])('refuses %s, and never repeats the password', (_what, url) => {
    let problem: unknown;
    try {
      parseRedisAddress(url);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(ConfigError);
    expect(String(problem)).toMatch(/^ConfigError: The Redis address is wrong\n {2}- connection: it /);
    expect(String(problem)).not.toMatch(/secret|half/);
  });
});
