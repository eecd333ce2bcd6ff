import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedLockedError, EngineUnavailableError } from '../errors.js';
import { isConnectionError, toEngineError } from './connection-error.js';
import { Outage } from './outage.js';

describe('Outage', () => {
  let now = 0;
  const onError = vi.fn<(error: Error) => void>();
  const onBack = vi.fn<(away: number) => void>();
  const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const outage = () => new Outage({ address: 'cache:6379', onError, onBack, now: () => now });
  beforeEach(() => {
    now = 1_000_000;
    vi.clearAllMocks();
  });

  it('tells of the loss once, however many connections notice it, and of the end', () => {
    const one = outage();
    for (let count = 0; count < 50; count++) {
      one.lost(refused());
      now += 100;
    }
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0]).toBeInstanceOf(EngineUnavailableError);
    expect(onError.mock.calls[0]?.[0].message).toBe(
      'The connection to the job store at cache:6379 is lost (connect ECONNREFUSED); it is tried again until it is back',
    );
    one.back();
    one.back();
    expect(onBack.mock.calls).toEqual([[5_000]]);
  });

  it('tells of a folder that another process has taken over once, and not for each statement', () => {
    const locked = () => new EmbeddedLockedError('The folder belongs to another process');
    expect(isConnectionError(locked())).toBe(true);
    expect(toEngineError(locked(), 'file:store')).toBeInstanceOf(EmbeddedLockedError);
    const one = outage();
    for (let count = 0; count < 50; count++) one.lost(locked());
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0].message).toContain('belongs to another process');
  });

  it('tells again every 30 s while it goes on', () => {
    const one = outage();
    for (let second = 0; second <= 65; second++) {
      one.lost(refused());
      now += 1_000;
    }
    expect(onError).toHaveBeenCalledTimes(3);
  });

  it('says nothing when a connection stands that was never lost', () => {
    outage().back();
    expect(onBack).not.toHaveBeenCalled();
  });

  it('does not fill the log when a connection comes and goes', () => {
    const one = outage();
    for (let count = 0; count < 100; count++) {
      one.lost(refused());
      one.back();
      now += 100;
    }
    expect(onError.mock.calls.length + onBack.mock.calls.length).toBeLessThanOrEqual(10);
  });

  it('keeps the command, with its password, off the error', () => {
    outage().lost(Object.assign(refused(), { command: { name: 'auth', args: ['secret'] } }));
    const error = onError.mock.calls[0]?.[0];
    expect(JSON.stringify([error, error?.cause, { ...Object(error?.cause) }])).not.toContain('secret');
  });
});
