import type { Texts } from './texts.js';

const SEVERITY = { LOW: 'Niedrig', MEDIUM: 'Mittel', HIGH: 'Hoch', CRITICAL: 'Kritisch' } as const;

export const de: Texts = {
  language: 'de-DE',
  moment: (day, clock, zone) => `${day}, ${clock} Uhr (${zone})`,
  hello: (name) => `Hallo ${name},`,
  footer: {
    sentBy: (name) => `Gesendet von ${name}`,
    questions: (address) => `Fragen? Schreiben Sie an ${address}`,
  },
  welcome: {
    subject: ({ name, productName }) => `Willkommen bei ${productName}, ${name}`,
    preview: () => 'Ihr Konto ist bereit.',
    ready: ({ organizationName }) =>
      `Ihr Konto ${organizationName ? `bei ${organizationName} ` : ''}ist bereit. Alles Weitere finden Sie auf Ihrem Dashboard.`,
    open: (productName) => `${productName} öffnen`,
    reason: ({ productName }) => `Sie erhalten diese E-Mail, weil für Sie ein Konto bei ${productName} angelegt wurde.`,
  },
  report: {
    subject: ({ reportName, period }) => `${reportName}: ${period}`,
    preview: ({ period }) => `Der Bericht für ${period} ist fertig.`,
    intro: ({ reportName, organizationName, period }) =>
      `Hier ist der Bericht „${reportName}“ ${organizationName ? `von ${organizationName} ` : ''}für ${period}.`,
    download: 'Bericht herunterladen',
    expires: (time) => `Der Link funktioniert bis ${time}.`,
    reason: ({ organizationName }) =>
      `Sie erhalten diese E-Mail, weil ${organizationName ? `Berichte von ${organizationName}` : 'Berichte'} an diese Adresse gesendet werden.`,
  },
  invitation: {
    subject: ({ inviterName, organizationName }) => `${inviterName} lädt Sie zu ${organizationName} ein`,
    preview: ({ inviterName }) => `${inviterName} möchte mit Ihnen zusammenarbeiten.`,
    title: (organizationName) => `Einladung zu ${organizationName}`,
    body: ({ inviterName, organizationName, role }) =>
      `${inviterName} lädt Sie zu ${organizationName} ein${role ? `. Ihre Rolle: ${role}` : ''}.`,
    accept: 'Einladung annehmen',
    expires: (time) => `Die Einladung gilt bis ${time}.`,
    ignore: 'Wenn Sie keine Einladung erwartet haben, können Sie diese E-Mail ignorieren.',
    reason: ({ inviterName }) => `Sie erhalten diese E-Mail, weil ${inviterName} diese Adresse eingeladen hat.`,
  },
  alert: {
    badge: (severity) => `Dringlichkeit: ${SEVERITY[severity]}`,
    subject: ({ severity, title }) => `${SEVERITY[severity]}: ${title}`,
    preview: ({ message }) => message,
    organization: 'Organisation',
    metric: 'Kennzahl',
    value: 'Wert',
    threshold: 'Schwelle',
    time: 'Zeit',
    open: 'Details ansehen',
    reason: ({ organizationName }) =>
      `Sie erhalten diese E-Mail, weil Warnungen ${organizationName ? `von ${organizationName} ` : ''}an diese Adresse gesendet werden.`,
  },
  digest: {
    subject: ({ organizationName, period }) =>
      `Wochenrückblick${organizationName ? ` für ${organizationName}` : ''}: ${period}`,
    preview: ({ insights: [first] }) => first?.title ?? '',
    intro: ({ insights }) =>
      insights.length === 1
        ? 'Das war in den Zahlen wichtig:'
        : 'Das war in den Zahlen wichtig, das Wichtigste zuerst:',
    more: (count) => (count === 1 ? 'Es gibt eine weitere Erkenntnis.' : `Es gibt ${count} weitere Erkenntnisse.`),
    open: 'Alle Erkenntnisse ansehen',
    reason: ({ organizationName }) =>
      `Sie erhalten diese E-Mail, weil der Wochenrückblick ${organizationName ? `für ${organizationName} ` : ''}an diese Adresse gesendet wird.`,
  },
};
