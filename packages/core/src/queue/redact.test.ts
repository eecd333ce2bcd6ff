import { describe, expect, it } from 'vitest';
import { createRedactor } from './redact.js';

const data = {
  customer: { email: 'ann@example.com', id: 1 },
  to: ['bob@example.com', 'cy@example.com'],
  codes: { a: 4711, b: 12 },
  note: 'ok',
};

describe('a redactor', () => {
  it('hides named fields, at any depth and under stars, and leaves the value itself alone', () => {
    const redactor = createRedactor(['customer.email', 'to.*', 'codes', 'missing.path']);
    expect(redactor.data(data)).toEqual({
      customer: { email: '[redacted]', id: 1 },
      to: ['[redacted]', '[redacted]'],
      codes: '[redacted]',
      note: 'ok',
    });
    expect(data.customer.email).toBe('ann@example.com');
  });

  it('takes their values out of texts, the longest first', () => {
    const redactor = createRedactor(['customer.email', 'to.*', 'codes']);
    expect(redactor.text('550 no such user bob@example.com (code 4711), try ann@example.com', data)).toBe(
      '550 no such user [redacted] (code [redacted]), try [redacted]',
    );
    const nested = createRedactor(['a', 'b']);
    expect(nested.text('secret-long secret', { a: 'secret', b: 'secret-long' })).toBe('[redacted] [redacted]');
  });

  it('finds a value also as it stands in JSON', () => {
    expect(createRedactor(['token']).text(JSON.stringify({ token: 'say "hi"' }), { token: 'say "hi"' })).not.toContain(
      'say',
    );
  });

  it('leaves short values, which would hide half of a text', () => {
    expect(createRedactor(['codes.b']).text('12 of 12', data)).toBe('12 of 12');
  });

  it('is free where nothing is to be hidden', () => {
    const redactor = createRedactor([]);
    expect(redactor.data(data)).toBe(data);
    expect(redactor.text('ann@example.com', data)).toBe('ann@example.com');
  });
});
