import { describe, expect, it, vi } from 'vitest';
import { EngineUnavailableError } from '../errors.js';
import { createEvents } from '../events.js';
import { silentLogger } from '../logger.js';
import { createErrorReport, limitRepeats } from './error-report.js';

describe('createErrorReport', () => {
  it('logs a problem with its stack, and a store that is away as one line', () => {
    const logger = { ...silentLogger, error: vi.fn(), warn: vi.fn() };
    const events = createEvents(silentLogger);
    const told = vi.fn();
    events.on('worker:error', told);
    const report = createErrorReport({ logger, events });
    const problem = new Error('broken');
    report(problem, 'mails');
    expect(logger.error).toHaveBeenCalledWith({ queue: 'mails', err: problem }, 'broken');
    const away = new EngineUnavailableError('away');
    report(away);
    expect(logger.warn).toHaveBeenCalledWith({}, 'away');
    expect(told.mock.calls).toEqual([[{ queue: 'mails', error: problem }], [{ error: away }]]);
  });
});

describe('limitRepeats', () => {
  it('tells the same problem once in five seconds, whatever its ids and numbers, and others at once', () => {
    let now = 0;
    const report = vi.fn();
    const limited = limitRepeats(report, () => now);
    for (let count = 0; count < 100; count++) {
      limited(new Error(`Missing lock for job x${count}-1`), 'mails');
      limited(new Error('OOM command not allowed'), 'mails');
      now += 10;
    }
    expect(report).toHaveBeenCalledTimes(2);
    limited(new Error('OOM command not allowed'), 'reports');
    expect(report).toHaveBeenCalledTimes(3);
    now += 5_000;
    limited(new Error('OOM command not allowed'), 'mails');
    expect(report).toHaveBeenCalledTimes(4);
  });
});
