/** What came of it: the table at the end, and whether each recipient got exactly one mail. */
import type { Counts } from './progress.js';
import type { Recipient } from './recipients.js';

export interface Outcome extends Counts {
  readonly recipients: readonly Recipient[];
  readonly received: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly folder: string;
}

export function summarize({ recipients, received, sent, retries, failed, seconds, folder }: Outcome) {
  const lost = recipients.filter(({ email }) => !received.has(email)).length;
  const doubled = [...received.values()].filter((count) => count > 1).length;
  const rows: [string, string | number][] = [
    ['recipients', recipients.length],
    ['mails received', [...received.values()].reduce((sum, count) => sum + count, 0)],
    ['jobs completed', sent],
    ['attempts tried again', retries],
    ['jobs failed for good', failed],
    ['mails lost', lost],
    ['mails doubled', doubled],
    ['time', `${seconds.toFixed(1)} s`],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(22)}${String(value).padStart(8)}`);
  return {
    text: [...lines, '', `The mails are in ${folder}`].join('\n'),
    isRight: lost === 0 && doubled === 0 && failed === 0,
  };
}
