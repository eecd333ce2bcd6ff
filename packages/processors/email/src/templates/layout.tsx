/**
 * What the built-in templates are built of.
 *
 * Tables and inline styles, because that is what mail programs understand. Our own elements, because those of React Email
 * are published as one package with its command line (117 packages, 81 MB), and the separate ones are deprecated. We
 * render with React Email, so its elements work in a host's templates all the same.
 */
import { type CSSProperties, Fragment, type ReactNode } from 'react';
import type { EmailBrand } from '../brand.js';
import { contrast, textOn } from '../color.js';
import type { EmailContext } from '../template.js';
import { formatFigure } from './format.js';
import { DARK_MODE, DEFAULT_COLOR, PHONE, SEVERITY_COLOR, STYLE } from './look.js';
import { texts } from './texts/languages.js';

type Severity = keyof typeof SEVERITY_COLOR;

const layoutTable = { role: 'presentation', cellPadding: 0, cellSpacing: 0, border: 0 } as const;

/** Outlook for Windows knows these two only by names of its own. */
const HIDDEN_IN_OUTLOOK = { msoHide: 'all' };
const PADDING_IN_OUTLOOK = { msoPaddingAlt: '12px 22px' };

interface LayoutProps {
  readonly context: EmailContext;
  readonly title: string;
  /** The line that mail programs show beside the subject. */
  readonly preview: string;
  /** Why one gets this mail. */
  readonly reason: string;
  readonly severity?: Severity;
  readonly children: ReactNode;
}

/** The frame of a mail: the brand above, why one gets it and from whom below. */
export function Layout({ context, title, preview, reason, severity, children }: LayoutProps) {
  const { brand, locale } = context;
  const accent = severity ? SEVERITY_COLOR[severity].accent : colorOf(brand);
  return (
    <html lang={locale} dir="ltr">
      <head>
        <meta httpEquiv="Content-Type" content="text/html; charset=UTF-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{title}</title>
        <style>{PHONE}</style>
        <style>{DARK_MODE}</style>
      </head>
      <body className="page" style={STYLE.body}>
        <div style={STYLE.preview} data-skip-in-text="true">
          {preview}
        </div>
        <table {...layoutTable} width="100%" className="page" style={STYLE.page}>
          <tbody>
            <tr>
              <td align="center" className="margin" style={STYLE.margin}>
                <table {...layoutTable} width="600" align="center" className="card" style={STYLE.card}>
                  <tbody>
                    <tr>
                      <td style={{ ...STYLE.accent, backgroundColor: accent }} />
                    </tr>
                    {brand && <Header brand={brand} />}
                    <tr>
                      <td className="content" style={STYLE.content}>
                        {severity && <Badge severity={severity}>{texts[locale].alert.badge(severity)}</Badge>}
                        <h1 className="text" style={STYLE.heading}>
                          {title}
                        </h1>
                        {children}
                      </td>
                    </tr>
                  </tbody>
                </table>
                <Footer context={context} reason={reason} />
              </td>
            </tr>
          </tbody>
        </table>
      </body>
    </html>
  );
}

/** Not in the text: there the name stands at the end. */
function Header({ brand: { name, url, logoUrl, darkLogoUrl } }: { brand: EmailBrand }) {
  const logo =
    logoUrl && darkLogoUrl ? (
      <>
        <Logo src={logoUrl} name={name} className="logo-light" />
        <div className="logo-dark" style={{ ...STYLE.preview, opacity: 1, ...HIDDEN_IN_OUTLOOK }}>
          <Logo src={darkLogoUrl} name={name} className="text" />
        </div>
      </>
    ) : (
      logoUrl && <Logo src={logoUrl} name={name} className="logo-only" />
    );
  return (
    <tr data-skip-in-text="true">
      <td className="header text" style={{ ...STYLE.header, color: STYLE.home.color }}>
        {url ? (
          <a href={url} className="text" style={STYLE.home}>
            {logo || name}
          </a>
        ) : (
          logo || name
        )}
      </td>
    </tr>
  );
}

function Logo({ src, name, className }: { src: string; name: string; className: string }) {
  return <img src={src} alt={name} height="32" className={className} style={STYLE.logo} />;
}

function Footer({ context: { brand, sender, locale }, reason }: { context: EmailContext; reason: string }) {
  const { sentBy, questions } = texts[locale].footer;
  const name = brand?.name ?? sender;
  return (
    <table {...layoutTable} width="600" align="center" style={STYLE.footer}>
      <tbody>
        <tr>
          <td align="left" className="small-print" style={STYLE.smallPrint}>
            <Small>{reason}</Small>
            {name && <Small>{sentBy(name)}</Small>}
            {brand?.address && (
              <Small>
                <Lines text={brand.address} />
              </Small>
            )}
            {brand?.support && <Small>{questions(brand.support)}</Small>}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function Small({ children }: { children: ReactNode }) {
  return (
    <p className="faint" style={STYLE.small}>
      {children}
    </p>
  );
}

/** How urgent it is, by word and by colour. */
function Badge({ severity, children }: { severity: Severity; children: ReactNode }) {
  const { ground, text } = SEVERITY_COLOR[severity];
  return (
    <p style={STYLE.badgeLine}>
      <span className={severity} style={{ ...STYLE.badge, backgroundColor: ground, color: text }}>
        {children}
      </span>
    </p>
  );
}

export function Paragraph({ children }: { children: ReactNode }) {
  return (
    <p className="text" style={STYLE.paragraph}>
      {children}
    </p>
  );
}

/** A text of several paragraphs, with empty lines between them. */
export function Paragraphs({ text }: { text: string }) {
  const paragraphs = text.replace(/\r\n?/g, '\n').split(/\n(?:[\t ]*\n)+/);
  return paragraphs
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: rendered once, and never changed
      <Paragraph key={index}>
        <Lines text={paragraph.trim()} />
      </Paragraph>
    ));
}

/** One of several subjects of a mail: its title, and what is to be said. */
export function Section({ title, text }: { title: string; text: string }) {
  return (
    <>
      <h2 className="text line" style={STYLE.section}>
        {title}
      </h2>
      <Paragraphs text={text} />
    </>
  );
}

function Lines({ text }: { text: string }) {
  return text.split(/\r\n?|\n/).map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: rendered once, and never changed
    <Fragment key={index}>
      {index > 0 && <br />}
      {line}
    </Fragment>
  ));
}

/** The small print at the end of the content. */
export function Note({ children }: { children: ReactNode }) {
  return (
    <p className="faint" style={STYLE.note}>
      {children}
    </p>
  );
}

/** What to do next. */
export function Button({ context, href, children }: { context: EmailContext; href: string; children: ReactNode }) {
  const ground = colorOf(context.brand);
  const color = textOn(ground);
  const look: CSSProperties = {
    ...STYLE.button,
    backgroundColor: ground,
    color,
    // A button as light as the card would not be seen as one.
    border: `1px solid ${contrast(ground, '#ffffff') < 1.5 ? '#9aa4b2' : ground}`,
  };
  return (
    <table {...layoutTable} style={STYLE.action}>
      <tbody>
        <tr>
          <td align="center" style={{ ...STYLE.buttonGround, backgroundColor: ground, ...PADDING_IN_OUTLOOK }}>
            <a href={href} className="button" style={look}>
              {children}
            </a>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

export interface Fact {
  readonly label: string;
  readonly value: string | number | undefined;
}

/** Figures with their names, one a line. Those without a value are left out. */
export function Facts({ context, facts }: { context: EmailContext; facts: readonly Fact[] }) {
  return (
    <table {...layoutTable} width="100%" className="line" style={STYLE.facts}>
      <tbody>
        {facts.map(
          ({ label, value }) =>
            value !== undefined && (
              <tr key={label}>
                <td className="line text" style={STYLE.fact}>
                  <span className="faint" style={STYLE.faint}>
                    {label}:{' '}
                  </span>
                  <strong>{formatFigure(value, context)}</strong>
                </td>
              </tr>
            ),
        )}
      </tbody>
    </table>
  );
}

function colorOf(brand: EmailBrand | undefined): string {
  return brand?.color ?? DEFAULT_COLOR;
}
