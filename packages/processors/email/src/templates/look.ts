/** How the built-in templates look: colours, measures, and the few rules that cannot stand in the elements themselves. */
import type { CSSProperties } from 'react';

/** Light colours stand in the elements, where every mail program finds them; dark ones in {@link DARK_MODE}. */
const COLOR = {
  text: '#1f2937',
  faint: '#5b6472',
  line: '#dfe3e8',
  page: '#f2f4f7',
  card: '#fdfdfe',
};

export const DEFAULT_COLOR = '#1d4ed8';

/** Text on a tint of its own hue: also readable where a mail program inverts all colours. */
export const SEVERITY_COLOR = {
  LOW: { accent: '#64748b', ground: '#e9edf2', text: '#334155' },
  MEDIUM: { accent: '#ca8a04', ground: '#fdf1c7', text: '#713f12' },
  HIGH: { accent: '#ea580c', ground: '#fee4cf', text: '#8a2c0d' },
  CRITICAL: { accent: '#dc2626', ground: '#fde0e0', text: '#8f1717' },
} as const;

const FONT = '-apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica, Arial, sans-serif';
/** Text without spaces must not make the mail wider than the screen. */
const WRAP = { overflowWrap: 'anywhere', wordBreak: 'break-word' } as const satisfies CSSProperties;

export const STYLE = {
  body: { margin: 0, padding: 0, width: '100%', backgroundColor: COLOR.page },
  // Fixed, so that the card's 100 % are those of the screen and not of its longest word.
  page: { width: '100%', tableLayout: 'fixed', backgroundColor: COLOR.page },
  margin: { padding: '24px 12px' },
  card: {
    width: 600,
    maxWidth: '100%',
    tableLayout: 'fixed',
    borderCollapse: 'separate',
    backgroundColor: COLOR.card,
    border: `1px solid ${COLOR.line}`,
    borderRadius: 8,
    overflow: 'hidden',
  },
  accent: { height: 4, fontSize: 0, lineHeight: '4px' },
  header: { padding: '24px 32px 0', fontFamily: FONT, fontSize: 16, lineHeight: '24px', fontWeight: 700, ...WRAP },
  logo: { display: 'inline-block', height: 32, maxWidth: '100%', border: 0 },
  home: { color: COLOR.text, textDecoration: 'none' },
  content: { padding: '28px 32px 32px', fontFamily: FONT, color: COLOR.text, textAlign: 'left', ...WRAP },
  heading: { margin: '0 0 16px', color: COLOR.text, fontSize: 22, lineHeight: '30px', fontWeight: 700 },
  section: {
    margin: '24px 0 6px',
    padding: '18px 0 0',
    borderTop: `1px solid ${COLOR.line}`,
    color: COLOR.text,
    fontSize: 17,
    lineHeight: '25px',
    fontWeight: 700,
  },
  paragraph: { margin: '0 0 16px', color: COLOR.text, fontSize: 16, lineHeight: '25px' },
  note: { margin: '20px 0 0', color: COLOR.faint, fontSize: 14, lineHeight: '21px' },
  badge: {
    display: 'inline-block',
    padding: '3px 10px',
    borderRadius: 4,
    fontSize: 13,
    lineHeight: '20px',
    fontWeight: 700,
  },
  badgeLine: { margin: '0 0 12px' },
  action: { margin: '24px 0 0' },
  buttonGround: { borderRadius: 6 },
  button: {
    display: 'inline-block',
    padding: '12px 22px',
    borderRadius: 6,
    fontFamily: FONT,
    fontSize: 16,
    lineHeight: '22px',
    fontWeight: 600,
    textDecoration: 'none',
    ...WRAP,
  },
  facts: { width: '100%', margin: '4px 0 0', borderTop: `1px solid ${COLOR.line}` },
  fact: {
    padding: '9px 0',
    borderBottom: `1px solid ${COLOR.line}`,
    color: COLOR.text,
    fontFamily: FONT,
    fontSize: 15,
    lineHeight: '22px',
    ...WRAP,
  },
  faint: { color: COLOR.faint },
  footer: { width: 600, maxWidth: '100%', tableLayout: 'fixed' },
  smallPrint: { padding: '20px 32px 0', fontFamily: FONT, ...WRAP },
  small: { margin: '0 0 6px', color: COLOR.faint, fontSize: 13, lineHeight: '20px' },
  // Shown beside the subject in the list of mails, and not in the mail.
  preview: { display: 'none', maxHeight: 0, maxWidth: 0, overflow: 'hidden', opacity: 0 },
} satisfies Record<string, CSSProperties>;

/** Without quotes, `&` and `>`: React would escape them. */
export const PHONE = [
  '@media (max-width:480px){',
  '.margin{padding:12px 8px!important}',
  '.header{padding:20px 20px 0!important}',
  '.content{padding:20px 20px 24px!important}',
  '.small-print{padding:16px 20px 0!important}',
  '}',
].join('');

export const DARK_MODE = [
  ':root{color-scheme:light dark;supported-color-schemes:light dark}',
  '@media (prefers-color-scheme:dark){',
  '.page{background-color:#14171c!important}',
  '.card{background-color:#1e232b!important;border-color:#39424f!important}',
  '.text{color:#e6e9ee!important}',
  '.faint{color:#a7b0bd!important}',
  '.line{border-color:#39424f!important}',
  '.button{border-color:#6b7686!important}',
  '.logo-only{background-color:#ffffff!important;padding:6px 10px!important;border-radius:6px!important}',
  '.logo-light{display:none!important}',
  '.logo-dark{display:block!important;max-width:none!important;max-height:none!important;overflow:visible!important}',
  '.LOW{background-color:#333d4b!important;color:#d5dde8!important}',
  '.MEDIUM{background-color:#4a3a0b!important;color:#fbe08a!important}',
  '.HIGH{background-color:#55290f!important;color:#ffc9a3!important}',
  '.CRITICAL{background-color:#5a1a1c!important;color:#ffc4c4!important}',
  '}',
].join('');
