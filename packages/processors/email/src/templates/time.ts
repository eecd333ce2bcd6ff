/** Times in mails: in UTC and said so, because nobody knows where the reader is. */
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * `5 November 2026, 14:00 UTC`. Written by hand and not by `Intl`, whose spaces differ between versions of Node: the same
 * mail must come out the same on every worker.
 */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  const date = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`;
  return `${date}, ${time.toISOString().slice(11, 16)} UTC`;
}
