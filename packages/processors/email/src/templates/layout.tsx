/**
 * What the built-in templates are built of.
 *
 * Tables and inline styles, because that is what mail programs understand. Our own elements, because those of React Email
 * are published as one package with its command line (117 packages, 81 MB), and the separate ones are deprecated. We
 * render with React Email, so its elements work in a host's templates all the same.
 */
import type { CSSProperties, ReactNode } from 'react';

const COLOR = {
  text: '#1f2937',
  faint: '#6b7280',
  line: '#e5e7eb',
  page: '#f3f4f6',
  card: '#ffffff',
  brand: '#1d4ed8',
};
const FONT = '-apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';

const STYLE = {
  body: { margin: 0, padding: '24px 0', backgroundColor: COLOR.page, fontFamily: FONT, color: COLOR.text },
  card: { maxWidth: 560, backgroundColor: COLOR.card, border: `1px solid ${COLOR.line}`, borderRadius: 8 },
  content: { padding: 32 },
  heading: { margin: '0 0 16px', fontSize: 22, lineHeight: '30px' },
  paragraph: { margin: '0 0 16px', fontSize: 15, lineHeight: '24px' },
  note: { margin: '16px 0 0', fontSize: 13, lineHeight: '20px', color: COLOR.faint },
  button: {
    display: 'inline-block',
    padding: '12px 20px',
    backgroundColor: COLOR.brand,
    borderRadius: 6,
    color: '#ffffff',
    fontSize: 15,
    fontWeight: 600,
    textDecoration: 'none',
  },
  facts: { margin: '0 0 16px', borderTop: `1px solid ${COLOR.line}` },
  fact: { padding: '8px 0', borderBottom: `1px solid ${COLOR.line}`, fontSize: 15, lineHeight: '22px' },
  label: { color: COLOR.faint },
  // Shown beside the subject in the list of mails, and not in the mail.
  preview: { display: 'none', maxHeight: 0, maxWidth: 0, overflow: 'hidden', opacity: 0 },
} satisfies Record<string, CSSProperties>;

const layoutTable = { role: 'presentation', width: '100%', cellPadding: 0, cellSpacing: 0, border: 0 } as const;

/** The frame of a mail: `preview` is the line that mail programs show beside the subject. */
export function Layout({ title, preview, children }: { title: string; preview: string; children: ReactNode }) {
  return (
    <html lang="en" dir="ltr">
      <head>
        <meta httpEquiv="Content-Type" content="text/html; charset=UTF-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
      </head>
      <body style={STYLE.body}>
        <div style={STYLE.preview} data-skip-in-text="true">
          {preview}
        </div>
        <table {...layoutTable} align="center" style={STYLE.card}>
          <tbody>
            <tr>
              <td style={STYLE.content}>
                <h1 style={STYLE.heading}>{title}</h1>
                {children}
              </td>
            </tr>
          </tbody>
        </table>
      </body>
    </html>
  );
}

export function Paragraph({ children }: { children: ReactNode }) {
  return <p style={STYLE.paragraph}>{children}</p>;
}

/** The small print at the end. */
export function Note({ children }: { children: ReactNode }) {
  return <p style={STYLE.note}>{children}</p>;
}

/** What to do next. */
export function Button({ href, children }: { href: string; children: ReactNode }) {
  return (
    <p style={STYLE.paragraph}>
      <a href={href} style={STYLE.button}>
        {children}
      </a>
    </p>
  );
}

/** Figures with their names, one a line. */
export function Facts({ facts }: { facts: readonly { readonly label: string; readonly value: string | number }[] }) {
  return (
    <table {...layoutTable} style={STYLE.facts}>
      <tbody>
        {facts.map(({ label, value }) => (
          <tr key={label}>
            <td style={STYLE.fact}>
              <span style={STYLE.label}>{label}: </span>
              <strong>{value}</strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
