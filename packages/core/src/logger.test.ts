import { describe, expect, it } from 'vitest';
import { createLogger, silentLogger } from './logger.js';

describe('createLogger', () => {
  it('has the level that was asked for', () => {
    expect(createLogger({ level: 'silent' })).toMatchObject({ level: 'silent' });
    expect(createLogger()).toMatchObject({ level: 'info' });
  });
});

it('the silent logger has silent children', () => {
  expect(silentLogger.child({ a: 1 })).toBe(silentLogger);
});
