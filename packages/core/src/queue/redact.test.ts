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

describe('keys below a named field', () => {
  const data = { headers: { 'x-tenant-ann': 'v', name: 'x', 'ann@example.com': { deep_key: 1 } }, list: ['aaaa'] };
  const redactor = createRedactor(['headers']);

  it('are in no text and no key', () => {
    const text = redactor.text('bad x-tenant-ann, X-TENANT-ANN and ann%40example.com: deep_key', data);
    expect(text).toBe('bad [redacted], [redacted] and [redacted]: [redacted]');
    expect(redactor.anywhere({ 'x-tenant-ann': 1, 'ann@example.com': 2, other: 3 }, data)).toEqual({
      '[redacted]': 1,
      '[redacted] 2': 2,
      other: 3,
    });
  });

  it('are found where they stand alone: "name" is no part of "filename"', () => {
    expect(redactor.text('the filename, the name', data)).toBe('the filename, the [redacted]');
  });

  it('are in no problem that is told of the data; what is missing is named', () => {
    const issues = [
      { path: ['headers', 'x-tenant-ann'], message: 'expected number' },
      { path: ['headers', 'ann@example.com', 'deep_key'], message: 'of ann@example.com' },
      { path: ['headers', 'authorization'], message: 'is required' },
      { path: ['list', 0], message: 'too short' },
    ];
    expect(redactor.issues(issues, data)).toEqual([
      { path: ['headers', '[redacted]'], message: 'expected number' },
      { path: ['headers', '[redacted]', '[redacted]'], message: 'of [redacted]' },
      { path: ['headers', 'authorization'], message: 'is required' },
      { path: ['list', 0], message: 'too short' },
    ]);
  });

  it('a number of a list is no key', () => {
    const long = { headers: Array.from({ length: 1_005 }, () => 'x') };
    expect(redactor.text('after 1004 tries', long)).toBe('after 1004 tries');
  });
});

it('a value is hidden in the other fields of the data too', () => {
  const redactor = createRedactor(['to']);
  expect(
    redactor.data({ to: 'ann@example.com', note: 'for ANN@example.com', count: 1, 'ann@example.com': true }),
  ).toEqual({
    to: '[redacted]',
    note: 'for [redacted]',
    count: 1,
    '[redacted]': true,
  });
});

it('values of a megabyte, and ten thousand of them, cost a line of a log little', () => {
  const line = 'could not send it to anybody, the server said 550 %20 & no such user';
  const large = {
    body: 'x'.repeat(5_000_000),
    list: Array.from({ length: 10_000 }, (_, index) => `user${index}@example.com`),
  };
  const redactor = createRedactor(['body', 'list']);
  const start = process.cpuUsage();
  for (let count = 0; count < 10; count++) expect(redactor.text(line, large)).toBe(line);
  // A tenth of a second each is a hundred times of what it takes.
  expect(process.cpuUsage(start).user).toBeLessThan(10_000_000);
});
