import { describe, expect, it } from 'vitest';
import { ConfigError, EngineError, EngineUnavailableError } from '../errors.js';
import { isConnectionError, toEngineError, wasLost } from './connection-error.js';

const withCode = (code: string, message = 'refused') => Object.assign(new Error(message), { code });

const AWAY: readonly (readonly [what: string, error: Error, isSentAgain: boolean])[] = [
  ['no memory', new Error("OOM command not allowed when used memory > 'maxmemory'."), true],
  ['no memory, in a script', new Error("OOM command not allowed when used memory > 'maxmemory'. script: 1f"), true],
  [
    'no memory, in a script of an older Redis',
    new Error('ERR Error running script (call to f_1f): @user_script:12: @user_script: 12: -OOM command not allowed'),
    true,
  ],
  ['no memory, in a transaction', new Error('EXECABORT Transaction discarded because of: OOM command not'), true],
  [
    'a transaction of refused commands',
    Object.assign(new Error('EXECABORT Transaction discarded because of previous errors.'), {
      previousErrors: [new Error('READONLY You can not write against a read only replica.')],
    }),
    true,
  ],
  ['a disk that is full', new Error('MISCONF Redis is configured to save RDB snapshots, but'), true],
  ['too few replicas', new Error('NOREPLICAS Not enough good replicas to write.'), true],
  ['a script that runs', new Error('BUSY Redis is busy running a script.'), true],
  ['a slot that moves', new Error('TRYAGAIN Multiple keys request during rehashing of slot'), true],
  [
    'a Cluster in a failover',
    new Error('Too many Cluster redirections. Last error: Error: Connection is closed.'),
    true,
  ],
  ['a failover', new Error('UNBLOCKED force unblock from blocking operation, instance state changed'), true],
  ['no password', new Error('NOAUTH Authentication required.'), false],
  ['no permission', new Error("NOPERM User default has no permissions to run the 'set' command"), false],
  ['too many connections', new Error('ERR max number of clients reached'), true],
  ['no answer', new Error('Command timed out'), false],
  ['PostgreSQL, disk full', withCode('53100'), true],
  ['PostgreSQL, read-only', withCode('25006'), true],
  ['PostgreSQL, statement_timeout', withCode('57014'), false],
  ['PostgreSQL, wrong password', withCode('28P01'), false],
  ['PostgreSQL, deadlock', withCode('40P01'), true],
  ['PostgreSQL, shut down', withCode('57P01'), true],
  ['PostgreSQL, input and output', withCode('58030'), true],
];

describe('toEngineError', () => {
  it.each(AWAY)('%s is a store that is away', (_what, error, isSentAgain) => {
    expect(wasLost(error)).toBe(isSentAgain);
    expect(toEngineError(error, 'host:1')).toBeInstanceOf(EngineUnavailableError);
    expect(toEngineError(error, 'host:1').cause).toBe(error);
  });

  it.each([
    ['a key of another type', new Error('WRONGTYPE Operation against a key holding the wrong kind of value')],
    ['keys in several slots', new Error("CROSSSLOT Keys in request don't hash to the same slot")],
    ['an error of a script', new Error('ERR Error running script (call to f_1f): attempt to index a nil value')],
    ['a column that is missing', withCode('42703')],
    ['a value that is there', withCode('23505')],
    ['what BullMQ throws', new Error('Missing key for job 1. retryJob')],
  ])('%s is an EngineError', (_what, error) => {
    const shown = toEngineError(error, 'host:1');
    expect(shown).toBeInstanceOf(EngineError);
    expect(shown.message).toBe(`The job store at host:1 has refused an operation: ${error.message}`);
    expect(wasLost(error)).toBe(false);
  });

  it('leaves our own errors and mistakes in code as they are', () => {
    for (const error of [new ConfigError('wrong', []), new TypeError('x is not a function'), new RangeError('deep')]) {
      expect(toEngineError(error, 'host:1')).toBe(error);
    }
  });

  it('carries neither the command, nor the connection, nor the row', () => {
    const error = Object.assign(withCode('23505'), { command: { args: ['secret'] }, client: {}, detail: 'secret' });
    expect(JSON.stringify(Object.entries(toEngineError(error, 'host:1').cause ?? {}))).not.toContain('secret');
  });
});

it('an outage is told of lost connections, and not of refusals', () => {
  expect(isConnectionError(new Error('Connection is closed.'))).toBe(true);
  expect(isConnectionError(new Error('LOADING Redis is loading the dataset in memory'))).toBe(true);
  expect(isConnectionError(new Error('OOM command not allowed'))).toBe(false);
});
