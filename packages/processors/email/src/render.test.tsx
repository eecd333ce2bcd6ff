import { ArgumentError, ConfigError } from '@bizinsights/jobs-core';
import { useMemo } from 'react';
import { describe, expect, it } from 'vitest';
import type { EmailBrand } from './brand.js';
import { contrast } from './color.js';
import { type RenderOptions, renderEmail } from './render.js';
import type { EmailTemplate } from './template.js';
import { builtInTemplates } from './templates/built-in.js';
import { SEVERITY_COLOR } from './templates/look.js';

const url = 'https://app.example.com/go?a=1&b=2';
const variables = {
  welcome: { name: 'Ann', productName: 'BizInsights', organizationName: 'Acme', dashboardUrl: url },
  'report-delivery': {
    recipientName: 'Ann',
    reportName: 'Sales',
    period: 'October 2026',
    summary: [
      { label: 'Revenue', value: '€ 12,345' },
      { label: 'Orders', value: 1321 },
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
  'insights-digest': {
    period: '16 – 22 November 2026',
    insights: [
      { title: 'Revenue fell by 40%', text: '€1,800.00, after €3,000.00.\nLess from Germany.' },
      { title: 'Sessions rose by 20%', text: '1,200, after 1,000.' },
    ],
    more: 3,
    dashboardUrl: url,
  },
} as const;

const options = {
  en: { sender: 'BizInsights' },
  de: { sender: 'BizInsights', locale: 'de', timeZone: 'Europe/Berlin' },
} as const;

const render = {
  welcome: (more: RenderOptions) => renderEmail(builtInTemplates.welcome, variables.welcome, more),
  'report-delivery': (more: RenderOptions) =>
    renderEmail(
      builtInTemplates['report-delivery'],
      { ...variables['report-delivery'], summary: [...variables['report-delivery'].summary] },
      more,
    ),
  'team-invitation': (more: RenderOptions) =>
    renderEmail(builtInTemplates['team-invitation'], variables['team-invitation'], more),
  'alert-notification': (more: RenderOptions) =>
    renderEmail(builtInTemplates['alert-notification'], variables['alert-notification'], more),
  'insights-digest': (more: RenderOptions) =>
    renderEmail(
      builtInTemplates['insights-digest'],
      { ...variables['insights-digest'], insights: [...variables['insights-digest'].insights] },
      more,
    ),
};

const brand: EmailBrand = {
  name: 'Acme Analytics',
  url: 'https://acme.example.com',
  logoUrl: 'https://acme.example.com/logo.png',
  darkLogoUrl: 'https://acme.example.com/dark.png',
  color: '#FFD60A',
  address: 'Acme GmbH\nInvalidenstr. 1, 10115 Berlin',
  support: 'help@acme.example.com',
};

describe.each(Object.entries(render))('the template %s', (_name, rendered) => {
  it.each(['en', 'de'] as const)('is a whole document with a title, a preview and one link, in %s', async (locale) => {
    const { html } = await rendered(options[locale]);
    expect(html).toMatch(/^<!DOCTYPE html/);
    expect(html).toContain(`<html lang="${locale}"`);
    expect(html).toMatch(/<title>[^<]+<\/title>.*<h1/s);
    expect(html).toMatch(/data-skip-in-text="true">[^<]+/);
    expect(html).toContain('href="https://app.example.com/go?a=1&amp;b=2"');
    expect(html.match(/href=/g)).toHaveLength(1);
    expect(html).not.toMatch(/undefined|\[object|NaN/);
  });

  it('comes out the same each time', async () => {
    expect(await rendered(options.de)).toEqual(await rendered(options.de));
  });

  it('says in its HTML all that its text says', async () => {
    for (const locale of ['en', 'de'] as const) {
      const { html, text } = await rendered({ ...options[locale], brand });
      const shown = html
        .replace(/<style>.*?<\/style>/gs, '')
        .replace(/<!--.*?-->/g, '')
        .replace(/<[^>]+>/g, ' ');
      const words = (content: string) => content.split(/\s+/).filter((word) => word !== '' && !word.startsWith('http'));
      for (const word of words(text)) expect(shown).toContain(word.replaceAll('&', '&amp;'));
    }
  });

  it('has the brand at its top, on its button and in its footer', async () => {
    const { html, text } = await rendered({ ...options.en, brand });
    expect(html).toMatch(
      /<a href="https:\/\/acme.example.com".*<img src="https:\/\/acme.example.com\/logo.png" alt="Acme Analytics"/,
    );
    expect(html).toContain('https://acme.example.com/dark.png');
    expect(html).toMatch(/class="button"[^>]*background-color:#FFD60A;color:#000000/);
    expect(text).toMatch(
      /Sent by Acme Analytics\n\nAcme GmbH\nInvalidenstr. 1, 10115 Berlin\n\nQuestions\? Write to help@acme.example.com$/,
    );
  });

  it('is ready for dark mode, and is clipped by no mail program', async () => {
    const { html } = await rendered({ ...options.en, brand });
    expect(html).toContain('<meta name="color-scheme" content="light dark"/>');
    expect(html).toContain('@media (prefers-color-scheme:dark){');
    // Gmail leaves out rules of more than 8,192 characters, and what comes after 102 KB.
    for (const [rules] of html.matchAll(/<style>.*?<\/style>/gs)) expect(rules.length).toBeLessThan(8_192);
    expect(html.length).toBeLessThan(20_000);
  });
});

it('each template has a subject made of its variables, and a text that can be read', async () => {
  expect(await render.welcome(options.en)).toMatchObject({
    subject: 'Welcome to BizInsights, Ann',
    text: [
      'Welcome to BizInsights, Ann',
      'Hello Ann,',
      'Your account in Acme is ready. Everything begins on your dashboard.',
      `Open BizInsights ${url}`,
      'You get this mail because an account of BizInsights was created for you.',
      'Sent by BizInsights',
    ].join('\n\n'),
  });
  expect(await render['report-delivery'](options.en)).toMatchObject({
    subject: 'Sales: October 2026',
    text: [
      'Sales: October 2026',
      'Hello Ann,',
      'Here is the report “Sales” for October 2026.',
      'Revenue: € 12,345\nOrders: 1,321',
      `Download the report ${url}`,
      'The link works until 12 November 2026, 00:00 UTC.',
      'You get this mail because this report is sent to this address.',
      'Sent by BizInsights',
    ].join('\n\n'),
  });
  expect(await render['team-invitation'](options.en)).toMatchObject({
    subject: 'Bob invites you to join Acme',
    text: [
      'Join Acme',
      'Bob invites you to join Acme as editor.',
      `Accept the invitation ${url}`,
      'The invitation is valid until 11 November 2026, 23:30 UTC. If you did not expect it, you can ignore this mail.',
      'You get this mail because Bob has invited this address.',
      'Sent by BizInsights',
    ].join('\n\n'),
  });
  expect(await render['alert-notification'](options.en)).toMatchObject({
    subject: 'Critical: Revenue fell',
    text: [
      'Severity: Critical',
      'Revenue fell',
      'Far below last week.\nLook at it.',
      'Metric: Revenue\nValue: 10.5\nThreshold: 20\nTime: 5 November 2026, 14:00 UTC',
      `View details ${url}`,
      'You get this mail because alerts are sent to this address.',
      'Sent by BizInsights',
    ].join('\n\n'),
  });
  expect(await render['insights-digest'](options.en)).toMatchObject({
    subject: 'Weekly insights: 16 – 22 November 2026',
    text: [
      'Weekly insights: 16 – 22 November 2026',
      'This mattered in the figures, the most important first:',
      'Revenue fell by 40%',
      '€1,800.00, after €3,000.00.\nLess from Germany.',
      'Sessions rose by 20%',
      '1,200, after 1,000.',
      `See all insights ${url}`,
      'There are 3 more insights.',
      'You get this mail because weekly insights are sent to this address.',
      'Sent by BizInsights',
    ].join('\n\n'),
  });
});

it('each template is written in German, with times of the zone and numbers as Germans write them', async () => {
  expect(await render.welcome(options.de)).toMatchObject({
    subject: 'Willkommen bei BizInsights, Ann',
    text: [
      'Willkommen bei BizInsights, Ann',
      'Hallo Ann,',
      'Ihr Konto bei Acme ist bereit. Alles Weitere finden Sie auf Ihrem Dashboard.',
      `BizInsights öffnen ${url}`,
      'Sie erhalten diese E-Mail, weil für Sie ein Konto bei BizInsights angelegt wurde.',
      'Gesendet von BizInsights',
    ].join('\n\n'),
  });
  expect(await render['report-delivery'](options.de)).toMatchObject({
    subject: 'Sales: October 2026',
    text: [
      'Sales: October 2026',
      'Hallo Ann,',
      'Hier ist der Bericht „Sales“ für October 2026.',
      'Revenue: € 12,345\nOrders: 1.321',
      `Bericht herunterladen ${url}`,
      'Der Link funktioniert bis 12. November 2026, 01:00 Uhr (MEZ).',
      'Sie erhalten diese E-Mail, weil Berichte an diese Adresse gesendet werden.',
      'Gesendet von BizInsights',
    ].join('\n\n'),
  });
  expect(await render['team-invitation'](options.de)).toMatchObject({
    subject: 'Bob lädt Sie zu Acme ein',
    text: [
      'Einladung zu Acme',
      'Bob lädt Sie zu Acme ein. Ihre Rolle: editor.',
      `Einladung annehmen ${url}`,
      'Die Einladung gilt bis 12. November 2026, 00:30 Uhr (MEZ). Wenn Sie keine Einladung erwartet haben, können Sie diese E-Mail ignorieren.',
      'Sie erhalten diese E-Mail, weil Bob diese Adresse eingeladen hat.',
      'Gesendet von BizInsights',
    ].join('\n\n'),
  });
  expect(await render['alert-notification'](options.de)).toMatchObject({
    subject: 'Kritisch: Revenue fell',
    text: [
      'Dringlichkeit: Kritisch',
      'Revenue fell',
      'Far below last week.\nLook at it.',
      'Kennzahl: Revenue\nWert: 10,5\nSchwelle: 20\nZeit: 5. November 2026, 15:00 Uhr (MEZ)',
      `Details ansehen ${url}`,
      'Sie erhalten diese E-Mail, weil Warnungen an diese Adresse gesendet werden.',
      'Gesendet von BizInsights',
    ].join('\n\n'),
  });
  expect(await render['insights-digest'](options.de)).toMatchObject({
    subject: 'Wochenrückblick: 16 – 22 November 2026',
    text: [
      'Wochenrückblick: 16 – 22 November 2026',
      'Das war in den Zahlen wichtig, das Wichtigste zuerst:',
      'Revenue fell by 40%',
      '€1,800.00, after €3,000.00.\nLess from Germany.',
      'Sessions rose by 20%',
      '1,200, after 1,000.',
      `Alle Erkenntnisse ansehen ${url}`,
      'Es gibt 3 weitere Erkenntnisse.',
      'Sie erhalten diese E-Mail, weil der Wochenrückblick an diese Adresse gesendet wird.',
      'Gesendet von BizInsights',
    ].join('\n\n'),
  });
});

it('without the optional variables nothing is left open', async () => {
  const { html, text } = await renderEmail(builtInTemplates['report-delivery'], { reportName: 'Sales', period: 'May' });
  expect(text).toBe(
    'Sales: May\n\nHere is the report “Sales” for May.\n\nYou get this mail because this report is sent to this address.',
  );
  expect(html).not.toContain('href');
  const { severity, title, message, occurredAt } = variables['alert-notification'];
  const [insight] = variables['insights-digest'].insights;
  const single = { period: 'May', organizationName: 'Acme', insights: [insight] };
  expect(await renderEmail(builtInTemplates['insights-digest'], single)).toMatchObject({
    subject: 'Weekly insights of Acme: May',
    text: [
      'Weekly insights of Acme: May',
      'This mattered in the figures:',
      insight.title,
      insight.text,
      'You get this mail because weekly insights of Acme are sent to this address.',
    ].join('\n\n'),
  });
  const bare = await renderEmail(builtInTemplates['alert-notification'], { severity, title, message, occurredAt });
  expect(bare.text).toContain('Look at it.\n\nTime: 5 November 2026, 14:00 UTC\n\nYou get');
});

it.each([
  ['LOW', 'Low', 'Niedrig'],
  ['MEDIUM', 'Medium', 'Mittel'],
  ['HIGH', 'High', 'Hoch'],
  ['CRITICAL', 'Critical', 'Kritisch'],
] as const)('the severity %s is told by a word and a colour of its own', async (severity, en, de) => {
  const alert = { ...variables['alert-notification'], severity };
  const english = await renderEmail(builtInTemplates['alert-notification'], alert);
  const german = await renderEmail(builtInTemplates['alert-notification'], alert, { locale: 'de' });
  expect([english.subject, german.subject]).toEqual([`${en}: Revenue fell`, `${de}: Revenue fell`]);
  expect(english.text).toMatch(`Severity: ${en}`);
  expect(german.text).toMatch(`Dringlichkeit: ${de}`);
  const { accent, ground, text } = SEVERITY_COLOR[severity];
  expect(english.html).toContain(`background-color:${accent}`);
  expect(english.html).toContain(`background-color:${ground};color:${text}`);
  expect(contrast(ground, text)).toBeGreaterThan(4.5);
});

it('a reason of the job stands in the footer instead of the own one', async () => {
  const reason = 'You are an owner of Acme.';
  const { text } = await renderEmail(builtInTemplates.welcome, { ...variables.welcome, reason });
  expect(text).toMatch(/\n\nYou are an owner of Acme\.$/);
});

it('a brand or a zone that cannot be used is refused', async () => {
  const refused = (more: RenderOptions) => renderEmail(builtInTemplates.welcome, variables.welcome, more);
  await expect(refused({ brand: { name: '' } })).rejects.toThrow(ConfigError);
  await expect(refused({ timeZone: 'Europe/Atlantis' })).rejects.toThrow(RangeError);
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

it("a host's template knows for whom and from whom it is written", async () => {
  const template: EmailTemplate<{ name: string }> = {
    subject: ({ name }, { locale }) => `${locale === 'de' ? 'Hallo' : 'Hello'} ${name}`,
    component: (_variables, { timeZone, brand: own }) => (
      <p>
        {own?.name} in {timeZone}
      </p>
    ),
  };
  const more = { locale: 'de', timeZone: 'Europe/Berlin', brand: { name: 'Acme' } } as const;
  expect(await renderEmail(template, { name: 'Ann' }, more)).toMatchObject({
    subject: 'Hallo Ann',
    text: 'Acme in Europe/Berlin',
  });
});

it('takes the name of a built-in template, with its variables', async () => {
  expect(await renderEmail('welcome', variables.welcome, { locale: 'de' })).toEqual(
    await renderEmail(builtInTemplates.welcome, variables.welcome, { locale: 'de' }),
  );
  // @ts-expect-error variables of another template
  const wrong = renderEmail('welcome', { reportName: 'Sales' });
  await expect(wrong).rejects.toThrow(ArgumentError);
  await expect(wrong).rejects.toThrow('the variables of "welcome" are not right: ');
});

it('refuses what is no template, and names the built-in ones', async () => {
  // @ts-expect-error no built-in one
  const unknown = renderEmail('order-shipped', { orderId: '7' });
  await expect(unknown).rejects.toThrow(ArgumentError);
  await expect(unknown).rejects.toThrow('"order-shipped" is no built-in template: those are welcome, report-delivery');
  // @ts-expect-error no component
  await expect(renderEmail({ subject: () => 'Order' }, {})).rejects.toThrow('or { subject, component }');
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
  // @ts-expect-error variables of another template
  await expect(renderEmail(template, { order: 'a7' })).rejects.toThrow(TypeError);
  expect(await renderEmail(template, { orderId: 'a7' })).toMatchObject({ subject: 'Order a7', text: 'Order A7' });
});
