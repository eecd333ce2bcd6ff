import { type DataInput, type DataOutput, QueueDefinitionError, QueueName } from '@bizinsights/jobs-core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineEmailQueue, EMAIL_LIMITS, emailQueue } from './queue.js';

const welcome = { name: 'Ann', productName: 'BizInsights', dashboardUrl: 'https://app.example.com' };
const single = { template: 'welcome', to: 'ann@example.com', variables: welcome } as const;

/** The problems of data, as `path: message`. */
function problems(data: unknown, queue: { schema: z.ZodType } = emailQueue): string[] {
  const { error } = queue.schema.safeParse(data);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

const to = (address: unknown) => problems({ ...single, to: address });
const attach = (attachment: object) =>
  problems({ ...single, attachments: [{ filename: 'a.txt', content: 'aGVsbG8=', ...attachment }] });

describe('the queue', () => {
  it('has the standard name, and knows whose mail it is', () => {
    expect(emailQueue.name).toBe(QueueName.EmailSending);
    expect(emailQueue.tenant?.({ ...single, organizationId: 'o-1' })).toBe('o-1');
  });

  it('keeps links that let their reader in, and attachments, from leaving the process', () => {
    expect(emailQueue.redact).toEqual(
      expect.arrayContaining([
        'variables.invitationUrl',
        'messages.*.variables.invitationUrl',
        'variables.downloadUrl',
        'attachments.*.content',
      ]),
    );
  });
});

describe('a job', () => {
  it('is one mail, or many of one template', () => {
    expect(problems(single)).toEqual([]);
    expect(problems({ ...single, to: ['ann@example.com', 'Bob <bob@example.com>'], cc: 'cy@example.com' })).toEqual([]);
    expect(problems({ template: 'welcome', messages: [{ to: 'ann@example.com', variables: welcome }] })).toEqual([]);
  });

  it('with several problems tells all of them, each with its path', () => {
    const { name: _, ...withoutName } = welcome;
    expect(problems({ template: 'welcome', variables: { ...withoutName, dashboardUrl: 'ftp://a' } })).toEqual([
      'variables.name: Invalid input: expected string, received undefined',
      'variables.dashboardUrl: must be an http or https address',
      'to: is required (or `messages`, for many mails)',
    ]);
    expect(problems({ template: 'welcome', messages: [{ to: 'nobody', variables: welcome }] })).toEqual([
      'messages.0.to: must be an address such as "ann@example.com" or "Ann <ann@example.com>"',
    ]);
    expect(problems({ template: 'welcome' }).map((problem) => problem.split(':')[0])).toEqual(['to', 'variables']);
  });

  it('cannot be both forms at once, nor of a template that is not known', () => {
    expect(problems({ ...single, messages: [{ to: 'ann@example.com', variables: welcome }] })).toEqual([
      expect.stringContaining('messages: cannot stand beside to,'),
    ]);
    expect(problems({ ...single, template: 'goodbye' })).toEqual([expect.stringMatching(/^template: /)]);
    expect(problems({ ...single, templates: 1 })).toEqual([expect.stringContaining('"templates"')]);
  });

  it('has at most 10,000 mails and 50 addresses in a list', () => {
    const mail = { to: 'ann@example.com', variables: welcome };
    const batch = (count: number) => ({ template: 'welcome', messages: Array(count).fill(mail) });
    expect(problems(batch(EMAIL_LIMITS.messages))).toEqual([]);
    expect(problems(batch(EMAIL_LIMITS.messages + 1))).toHaveLength(1);
    expect(to(Array(51).fill('ann@example.com'))).toHaveLength(1);
    expect(to([])).toHaveLength(1);
  });

  it('does not compile with a variable that is missing, misspelled or of another template', () => {
    type Input = DataInput<typeof emailQueue>;
    expectTypeOf(single).toExtend<Input>();
    // @ts-expect-error dashboardUrl is missing
    const missing: Input = { ...single, variables: { name: 'Ann', productName: 'B' } };
    // @ts-expect-error nmae
    const misspelled: Input = { ...single, variables: { ...welcome, nmae: 'Ann' } };
    // @ts-expect-error the variables of welcome
    const other: Input = { ...single, template: 'team-invitation' };
    // @ts-expect-error a variable is missing in a batch
    const batch: Input = { template: 'welcome', messages: [{ to: 'ann@example.com', variables: { name: 'Ann' } }] };
    for (const data of [missing, misspelled, other, batch]) expect(problems(data)).not.toEqual([]);
  });
});

describe('an address', () => {
  it.each([
    'ann@example.com',
    'ann.lee+news@mail.example.co.uk',
    "o'neil_99@example.com",
    'Ann <ann@example.com>',
    'Zoë Müller-Łukasz <zoe@example.com>',
    '"Lee, Ann (CEO)" <ann@example.com>',
    '李安 <an@example.com>',
    'ann@müller.example',
    'root@localhost',
    'ann@[.example'.replace('[', 'x'),
  ])('may be %s', (address) => expect(to(address)).toEqual([]));

  it.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'ann@@example.com',
    'ann..lee@example.com',
    '.ann@example.com',
    'ann@example..com',
    'ann@-example.com',
    'ann@1.2.3.4.5',
    'ann lee@example.com',
    'zoë@example.com',
    'Ann <ann@example.com',
    'Ann <>',
    'ann@example.com, bob@example.com',
    'ann@example.com, Bob <bob@example.com>',
    'Ann\r\nBcc: x@example.com <ann@example.com>',
    'ann@example.com\n',
    '"A\\"B" <ann@example.com>',
    `${'x'.repeat(65)}@example.com`,
    7,
    null,
  ])('may not be %j', (address) => expect(to(address)).toHaveLength(1));

  it('is checked in reasonable time, however it is made', () => {
    const started = process.cpuUsage();
    expect(to(`${' '.repeat(250)}${'a.'.repeat(125)}`)).toHaveLength(1);
    expect(to(`a@${'a-'.repeat(250)}`)).toHaveLength(1);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });
});

describe('what ends up in a header', () => {
  it.each(['Hello\r\nBcc: x@example.com', 'Hello\nthere', 'tab\there', 'line\u2028separator', '\u0000'])(
    'has one line: %j is refused',
    (text) => {
      expect(problems({ ...single, subject: text })).toEqual([expect.stringMatching(/^subject: must be one line/)]);
      expect(problems({ ...single, variables: { ...welcome, name: text } })).toHaveLength(1);
      expect(attach({ filename: text })).toHaveLength(1);
    },
  );
});

describe('an alert', () => {
  const alert = { severity: 'HIGH', title: 'Revenue fell', message: 'a', occurredAt: '2026-11-05T14:00:00Z' };
  const about = (more: object) =>
    problems({ ...single, template: 'alert-notification', variables: { ...alert, ...more } });

  it.each(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])('may be %s, and needs no metric', (severity) => {
    expect(about({ severity })).toEqual([]);
  });

  it('has a title of one line and a message of several', () => {
    expect(about({ title: 'x'.repeat(300), message: 'Far below.\r\n\r\n\tLook at it.\n' })).toEqual([]);
    expect(about({ title: 'x'.repeat(301) })).toHaveLength(1);
    expect(about({ title: 'Revenue\nfell' })).toEqual([expect.stringMatching(/^variables.title: must be one line/)]);
    expect(about({ message: 'x'.repeat(5_000) })).toEqual([]);
    expect(about({ message: 'x'.repeat(5_001) })).toHaveLength(1);
    expect(about({ message: '' })).toHaveLength(1);
    expect(about({ message: 'a\u0000b' })).toEqual([
      expect.stringMatching(/^variables.message: must not have control/),
    ]);
  });

  it('may have a metric with its value and its threshold', () => {
    expect(about({ metric: 'Revenue', value: 0, threshold: '€ 20' })).toEqual([]);
    expect(about({ value: Number.NaN })).toEqual(['variables.value: must be a number or a text of one line']);
    expect(about({ severity: 'critical' })).toHaveLength(1);
  });
});

describe('a language and a zone', () => {
  it('may be of the job, and of each mail of a batch', () => {
    const mail = { to: 'ann@example.com', variables: welcome, locale: 'de', timeZone: 'Europe/Berlin' };
    expect(problems({ ...single, locale: 'en', timeZone: 'UTC' })).toEqual([]);
    expect(problems({ template: 'welcome', locale: 'en', timeZone: 'UTC', messages: [mail] })).toEqual([]);
  });

  it('must be ones that there are', () => {
    expect(problems({ ...single, locale: 'fr' })).toHaveLength(1);
    expect(problems({ ...single, timeZone: 'Europe/Atlantis' })).toEqual([
      'timeZone: must be a time zone such as "Europe/Berlin"',
    ]);
    expect(problems({ ...single, timeZone: '+02:00' })).toHaveLength(1);
  });
});

describe('an extra header', () => {
  const head = (headers: unknown) => problems({ ...single, headers });

  it.each([
    ['List-Unsubscribe', '<https://app.example.com/unsubscribe?t=a&u=1>, <mailto:stop@example.com?subject=stop>'],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['List-Id', 'Alerts of Acme <alerts.acme.example.com>'],
    ['List-Id', '=?utf-8?q?Gr=C3=BC=C3=9Fe?= <greetings.example.com>'],
    ['Feedback-ID', 'alerts:acme:mail:bizinsights'],
    ['Precedence', 'bulk'],
    ['Auto-Submitted', 'auto-generated'],
    ['X-Auto-Response-Suppress', 'OOF, AutoReply'],
    ['Importance', 'high'],
    ['X-Entity-Ref-ID', 'alert/7#1'],
    ['In-Reply-To', '<alert.7@example.com>'],
    ['References', '<alert.7@example.com> <alert.8@example.com>'],
  ])('may be %s: %s', (name, value) => expect(head({ [name]: value })).toEqual([]));

  it.each([
    'Bcc',
    'To',
    'From',
    'Sender',
    'Reply-To',
    'Return-Path',
    'Subject',
    'Date',
    'Message-ID',
    'Received',
    'DKIM-Signature',
    'Content-Type',
    'MIME-Version',
    'X-SMTPAPI',
    'X-MC-BccAddress',
    'X-SES-CONFIGURATION-SET',
    'X-Campaign',
    'list-id',
    'List-Id: a\r\nBcc',
    '',
    '__proto__',
  ])('is never %j', (name) => {
    expect(head(Object.fromEntries([[name, 'x']]))).toEqual([expect.stringMatching(/^headers: Unrecognized key/)]);
  });

  it.each(['a\r\nBcc: x@example.com', 'a\nb', 'a\rb', 'a\u0000', 'a\tb', 'Grüße', '\u2028', '', '\n'])(
    'has no value such as %j',
    (value) => {
      const names = ['List-Id', 'Feedback-ID', 'Precedence', 'Auto-Submitted', 'X-Entity-Ref-ID', 'References'];
      for (const name of names) {
        expect(head({ [name]: value })).toEqual([expect.stringMatching(`^headers\\.${name}: must be `)]);
        for (const text of ['<a@example.com>', 'bulk', 'no']) expect(head({ [name]: `${text}\n` })).toHaveLength(1);
      }
    },
  );

  it.each([
    ['List-Unsubscribe', 'https://app.example.com/unsubscribe'],
    ['List-Unsubscribe', '<javascript:alert(1)>'],
    ['List-Unsubscribe', '<https://app.example.com/a b>'],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=Two-Clicks'],
    ['In-Reply-To', 'alert.7@example.com'],
    ['X-Entity-Ref-ID', 'a b'],
    ['Importance', 'urgent'],
  ])('has the form that its standard asks for: not %s: %s', (name, value) =>
    expect(head({ [name]: value })).toHaveLength(1),
  );

  it('is at most 900 characters, and checked in no time where somebody tries', () => {
    const id = (length: number) => `<${'x'.repeat(length - 14)}@example.com>`;
    expect(head({ References: id(900) })).toEqual([]);
    expect(head({ References: id(901) })).toEqual(['headers.References: must be at most 900 characters']);
    const started = process.cpuUsage();
    for (const part of ['<', '<a> ', '<https://', ', <mailto:', ' <', ':'])
      for (const name of ['References', 'List-Unsubscribe', 'List-Id', 'Feedback-ID'])
        expect(head({ [name]: `${part.repeat(800 / part.length)}\n` }).length).toBe(1);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  it('with a link that unsubscribes is redacted', () => {
    expect(emailQueue.redact).toEqual(
      expect.arrayContaining(['headers.List-Unsubscribe', 'messages.*.headers.List-Unsubscribe']),
    );
  });
});

describe('an attachment', () => {
  it('is base64 with a name, and with a media type where one is given', () => {
    expect(attach({})).toEqual([]);
    expect(attach({ contentType: 'text/plain' })).toEqual([]);
    expect(attach({ content: 'not base64!' })).toEqual(['attachments.0.content: must be base64']);
  });

  it.each([
    'text/calendar; method=REQUEST',
    'text/csv; charset=utf-8',
    'text/csv;charset=UTF-8',
    'application/json; charset="utf-8"',
    'text/calendar; charset="utf-8"; method=REQUEST; component=VEVENT',
    'text/x; note="a; b=\\"c\\", d=e"',
    'text/x; empty=""',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'image/svg+xml',
  ])('has a content type with its parameters: %s', (contentType) => {
    expect(attach({ contentType })).toEqual([]);
  });

  it.each([
    'csv',
    'text/',
    'text/csv;',
    'text/csv; charset',
    'text/csv; charset=',
    'text/csv; charset=utf 8',
    'text/csv; charset="utf-8',
    'text/csv; charset="a"b"',
    'text/csv; charset="a\\"',
    'text/csv, text/html',
    'text/csv; a=b; ; c=d',
    'text/csv charset=utf-8',
    'text/csv; name=a/b',
    'text/plain\r\nX: y',
    'text/plain; a=b\r\nX: y',
    'text/plain; a="b\r\nX: y"',
    'text/plain; a="b\n c"',
    'text/plain; a="\\\n"',
    'text/plain; a="b\tc"',
    'text/plain; a="b\0c"',
    'text/plain; a="März"',
    'text/plain; a=März',
    'text/plain; a="\u2028"',
    'text/plain\n',
    '',
  ])('has no content type such as %j', (contentType) => {
    expect(attach({ contentType })).toEqual([
      'attachments.0.contentType: must be a media type in ASCII such as "application/pdf" or "text/csv; charset=utf-8"',
    ]);
  });

  it.each([
    ['multipart/mixed; boundary=x', 'must not be a multipart type: an attachment is one part'],
    ['text/csv; charset=a; Charset=b', 'must not have a parameter twice'],
    [`text/csv; a="${'x'.repeat(500)}"`, 'must be at most 500 characters'],
  ])('says what is wrong with %s', (contentType, problem) => {
    expect(attach({ contentType })).toEqual([`attachments.0.contentType: ${problem}`]);
  });

  it('is checked in no time, also where somebody tries', () => {
    const started = process.cpuUsage();
    for (const part of [' ', '; a="\\"', ' ;', '; a=b', '"\\\\'])
      expect(attach({ contentType: `text/csv${part.repeat(200_000)}\n` }).length).toBeGreaterThan(0);
    expect(process.cpuUsage(started).user).toBeLessThan(10_000_000);
  });

  it('cannot be read from a file or an address', () => {
    expect(attach({ path: '/etc/passwd' })).toEqual([expect.stringContaining('"path"')]);
    expect(attach({ href: 'http://169.254.169.254/' })).toHaveLength(1);
    expect(attach({ filename: '../../etc/passwd' })).toHaveLength(1);
  });

  it('is 10 MB at most, all of a mail together', () => {
    const half = (bytes: number) => ({ filename: 'a', content: Buffer.alloc(bytes, 1).toString('base64') });
    const five = 5 * 1024 * 1024;
    expect(problems({ ...single, attachments: [half(five), half(five)] })).toEqual([]);
    expect(problems({ ...single, attachments: [half(five), half(five + 3)] })).toEqual([
      expect.stringContaining('must be at most 10 MB together'),
    ]);
  });
});

describe('a queue with templates of the host', () => {
  const shipped = z.object({ orderId: z.string(), carrier: z.string().default('DHL') });
  const queue = defineEmailQueue({
    templates: { 'order-shipped': shipped },
    redact: ['variables.orderId'],
    rateLimit: { key: 'resend', max: 2, per: 1_000 },
    defaults: { attempts: 7 },
  });
  const job = { template: 'order-shipped', to: 'ann@example.com', variables: { orderId: '7' } } as const;

  it('takes them beside the built-in ones, typed', () => {
    expectTypeOf(job).toExtend<DataInput<typeof queue>>();
    expectTypeOf(single).toExtend<DataInput<typeof queue>>();
    expectTypeOf<typeof job>().not.toExtend<DataInput<typeof emailQueue>>();
    // @ts-expect-error orderId is missing
    const wrong: DataInput<typeof queue> = { ...job, variables: {} };
    expect(problems(wrong, queue)).toHaveLength(1);
    expect(problems(single, queue)).toEqual([]);
    expect(queue.schema.parse(job)).toEqual({ ...job, variables: { orderId: '7', carrier: 'DHL' } });
  });

  it('gives the processor what their schemas give', () => {
    type Shipped = Extract<DataOutput<typeof queue>, { template: 'order-shipped'; messages?: undefined }>;
    expectTypeOf<Shipped['variables']>().toEqualTypeOf<{ orderId: string; carrier: string }>();
  });

  it('redacts more, in both forms, and has its own defaults', () => {
    expect(queue.redact).toEqual(expect.arrayContaining(['variables.orderId', 'messages.*.variables.orderId']));
    expect(queue.redact).toContain('variables.invitationUrl');
    expect(queue.rateLimit).toMatchObject({ max: 2 });
    expect(queue.defaults.attempts).toBe(7);
  });

  it('does not take the name of a built-in one', () => {
    expect(() => defineEmailQueue({ templates: { welcome: shipped } })).toThrow(QueueDefinitionError);
  });
});
