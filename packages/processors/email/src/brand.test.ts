import { ConfigError } from '@bizinsights/jobs-core';
import { describe, expect, it } from 'vitest';
import { checkBrand, type EmailBrand } from './brand.js';
import { contrast, textOn } from './color.js';
import { emailProcessor } from './processor.js';

const transport = { name: 'none', maxBatch: 1, send: async () => ({ ids: [], rejected: [] }) };

describe('a brand', () => {
  it('needs a name only', () => {
    expect(checkBrand({ name: 'Acme' })).toEqual({ name: 'Acme' });
  });

  it.each<[string, Partial<EmailBrand>]>([
    ['name', { name: '' }],
    ['name', { name: 'A\r\nBcc: x@example.com' }],
    ['name', { name: 'x'.repeat(101) }],
    ['color', { color: 'red' }],
    ['color', { color: '#fff' }],
    ['color', { color: '#1d4ed8;background:url(//example.com)' }],
    ['color', { color: '#1d4ed8\n' }],
    ['logoUrl', { logoUrl: 'data:image/png;base64,AA==' }],
    ['logoUrl', { logoUrl: '/logo.png' }],
    ['darkLogoUrl', { darkLogoUrl: 'javascript:alert(1)' }],
    ['url', { url: 'acme.example.com' }],
    ['address', { address: 'x'.repeat(501) }],
    ['support', { support: 'nobody' }],
  ])(
    'that cannot be used is refused when the processor is made, and the error names `brand.%s`: %o',
    (field, wrong) => {
      const make = () => emailProcessor({ transport, from: 'a@example.com', brand: { name: 'Acme', ...wrong } });
      expect(make).toThrow(ConfigError);
      expect(make).toThrow(`brand.${field}`);
    },
  );

  it('with an option that there is not is refused', () => {
    // @ts-expect-error not an option
    expect(() => checkBrand({ name: 'Acme', colour: '#000000' })).toThrow(ConfigError);
  });
});

describe('the text on a colour', () => {
  it('can be read on all of them', () => {
    const parts = ['00', '33', '55', '77', '88', 'aa', 'cc', 'ff'];
    const colors = parts.flatMap((red) => parts.flatMap((green) => parts.map((blue) => `#${red}${green}${blue}`)));
    for (const color of colors) expect(contrast(color, textOn(color))).toBeGreaterThanOrEqual(4.5);
  });

  it('is black on light ones and white on dark ones', () => {
    expect(['#ffffff', '#ffd60a', '#000000', '#1d4ed8'].map(textOn)).toEqual([
      '#000000',
      '#000000',
      '#ffffff',
      '#ffffff',
    ]);
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  });
});
