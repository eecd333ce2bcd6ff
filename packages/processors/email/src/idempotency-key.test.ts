import { expect, it } from 'vitest';
import { idempotencyKey } from './idempotency-key.js';

const job = (id: string) => ({ queue: 'email-sending', id });

it('names the job, and where a batch begins', () => {
  expect(idempotencyKey(job('a-1'))).toBe('email-sending/a-1');
  expect(idempotencyKey(job('a-1'), 0)).toBe('email-sending/a-1/0');
  expect(idempotencyKey(job('a-1'), 200)).toBe('email-sending/a-1/200');
});

it.each(['x'.repeat(512), 'wöchentlich', 'two words', 'line\nbreak'])(
  'is short and fit for a header for the id %j',
  (id) => {
    const key = idempotencyKey(job(id), 7);
    expect(key).toMatch(/^email-sending\/[0-9a-f]{64}$/);
    expect(key).toBe(idempotencyKey(job(id), 7));
    expect(key).not.toBe(idempotencyKey(job(id), 8));
  },
);
