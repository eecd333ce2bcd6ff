import { useMemo } from 'react';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { renderEmail } from './render.js';
import type { EmailTemplate } from './template.js';
import { builtInTemplates } from './templates/built-in.js';

const url = 'https://app.example.com/go?a=1&b=2';
const variables = {
  welcome: { name: 'Ann', productName: 'BizInsights', organizationName: 'Acme', dashboardUrl: url },
  'report-delivery': {
    recipientName: 'Ann',
    reportName: 'Sales',
    period: 'October 2026',
    summary: [
      { label: 'Revenue', value: '€ 12,345' },
      { label: 'Orders', value: 321 },
    ],
    downloadUrl: url,
    expiresAt: '2026-11-12T00:00:00Z',
  },
  'team-invitation': {
    inviterName: 'Bob',
    organizationName: 'Acme',
    role: 'editor',
    invitationUrl: url,
    expiresAt: '2026-11-12T01:30:00+02:00',
  },
  'alert-notification': {
    severity: 'CRITICAL',
    title: 'Revenue fell',
    message: 'Far below last week.\nLook at it.',
    metric: 'Revenue',
    value: 10.5,
    threshold: 20,
    occurredAt: '2026-11-05T14:00:00Z',
    dashboardUrl: url,
  },
} as const;

const rendered = {
  welcome: () => renderEmail(builtInTemplates.welcome, variables.welcome),
  'report-delivery': () =>
    renderEmail(builtInTemplates['report-delivery'], {
      ...variables['report-delivery'],
      summary: [...variables['report-delivery'].summary],
    }),
  'team-invitation': () => renderEmail(builtInTemplates['team-invitation'], variables['team-invitation']),
  'alert-notification': () => renderEmail(builtInTemplates['alert-notification'], variables['alert-notification']),
};

describe.each(Object.entries(rendered))('the template %s', (_name, render) => {
  it('is a whole document with a title, a preview and one link', async () => {
    const { html } = await render();
    expect(html).toMatch(/^<!DOCTYPE html/);
    expect(html).toMatch(/<title>[^<]+<\/title>.*<h1/s);
    expect(html).toMatch(/data-skip-in-text="true">[^<]+/);
    expect(html).toContain('href="https://app.example.com/go?a=1&amp;b=2"');
    expect(html).not.toMatch(/undefined|\[object|NaN/);
  });

  it('comes out the same each time', async () => {
    expect(await render()).toEqual(await render());
  });
});

it('each template has a subject made of its variables, and a text that can be read', async () => {
  expect(await rendered.welcome()).toMatchObject({
    subject: 'Welcome to BizInsights, Ann',
    text: [
      'Welcome to BizInsights, Ann',
      'Hello Ann,',
      'Your account in Acme is ready. Everything begins on your dashboard.',
      `Open BizInsights ${url}`,
    ].join('\n\n'),
  });
  expect(await rendered['report-delivery']()).toMatchObject({
    subject: 'Sales: October 2026',
    text: [
      'Sales: October 2026',
      'Hello Ann,',
      'Here is the report “Sales” for October 2026.',
      'Revenue: € 12,345\nOrders: 321',
      `Download the report ${url}`,
      'The link works until 12 November 2026, 00:00 UTC.',
    ].join('\n\n'),
  });
  expect(await rendered['team-invitation']()).toMatchObject({
    subject: 'Bob invites you to join Acme',
    text: [
      'Join Acme',
      'Bob invites you to join Acme as editor.',
      `Accept the invitation ${url}`,
      'The invitation is valid until 11 November 2026, 23:30 UTC. If you did not expect it, you can ignore this mail.',
    ].join('\n\n'),
  });
  expect(await rendered['alert-notification']()).toMatchObject({
    subject: 'Critical: Revenue fell',
    text: [
      'Revenue fell',
      'Far below last week.',
      'Look at it.',
      'Severity: Critical\nMetric: Revenue\nValue: 10.5\nThreshold: 20\nTime: 5 November 2026, 14:00 UTC',
      `Open the dashboard ${url}`,
    ].join('\n\n'),
  });
});

it('without the optional variables nothing is left open', async () => {
  const { html, text } = await renderEmail(builtInTemplates['report-delivery'], { reportName: 'Sales', period: 'May' });
  expect(text).toBe('Sales: May\n\nHere is the report “Sales” for May.');
  expect(html).not.toContain('href');
});

describe('what a user has typed', () => {
  const evil = '<img src=x onerror=alert(1)> & "co" </title><script>';

  it('is escaped in the HTML, and as it is in the text and the subject', async () => {
    const { html, text, subject } = await renderEmail(builtInTemplates.welcome, { ...variables.welcome, name: evil });
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;co&quot;');
    expect(text).toContain(`Hello ${evil},`);
    expect(subject).toBe(`Welcome to BizInsights, ${evil}`);
  });

  it('cannot begin another header in the subject', async () => {
    const template: EmailTemplate<{ name: string }> = {
      subject: ({ name }) => `Hi ${name}`,
      component: () => <p>Hi</p>,
    };
    const { subject } = await renderEmail(template, { name: 'Ann\r\nBcc: x@example.com\u2028\u0000' });
    expect(subject).toBe('Hi Ann Bcc: x@example.com');
  });
});

it("a host's template may be any component, with hooks", async () => {
  const template: EmailTemplate<{ orderId: string }> = {
    subject: ({ orderId }) => `Order ${orderId}`,
    component({ orderId }) {
      // biome-ignore lint/correctness/useHookAtTopLevel: `component` is a React component, only not a function of its own.
      const label = useMemo(() => orderId.toUpperCase(), [orderId]);
      return <p>Order {label}</p>;
    },
  };
  expectTypeOf(renderEmail<{ orderId: string }>)
    .parameter(1)
    .toEqualTypeOf<{ orderId: string }>();
  expect(await renderEmail(template, { orderId: 'a7' })).toMatchObject({ subject: 'Order a7', text: 'Order A7' });
});
