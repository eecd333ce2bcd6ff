/** Whether what is said to have risen has risen. */
import type { InsightDirection } from '../../evidence.js';
import { type Facts, MAIN } from './facts.js';
import { BLANK, type Passage, type Span, words } from './passage.js';
import type { Subjects } from './subjects.js';
import { GAPS, type Vocabulary } from './vocabulary.js';

export interface DirectionWord extends Span {
  readonly direction: InsightDirection;
  readonly word: string;
}

/** `more than 30 %` says how large something is, and not where it went; `30 % more than before` does. */
const COMPARES =
  /^(?: than| als)\s+(?:\p{Sc}|\d|an? |eine? |(?:die )?hälfte|half|two|three|zwei|drei|doubl|tripl|halv|verdoppel|verdreifach|halbier)/u;

/** Something so near before a word denies it. Characters. */
const NEAR = 30;

/** Behind a share: the change that it is a part of. */
export const OF_WHOLE = new RegExp(`${BLANK}\\s?(?:of (?:the|this)|des) $`);

export function directionWords(passage: Passage, { up, down }: Vocabulary): DirectionWord[] {
  const all = [
    ...passage.find(words(up)).map((found) => ({ ...found, direction: 'up' as const })),
    ...passage.find(words(down)).map((found) => ({ ...found, direction: 'down' as const })),
  ];
  return all
    .filter(({ start, end }) => {
      const isAfterNumber = /[\d%]\s*$|(?:percent|prozent|third|drittel|half|quarter|viertel)\s*$/.test(
        passage.lower.slice(0, start),
      );
      return isAfterNumber || !COMPARES.test(passage.lower.slice(end));
    })
    .map(({ start, end, match, direction }) => ({ start, end, word: match[0], direction }));
}

export function checkDirections(
  passage: Passage,
  found: readonly DirectionWord[],
  facts: Facts,
  subjects: Subjects,
  vocabulary: Vocabulary,
): string | undefined {
  for (const one of found) {
    const { start, end } = passage.sentenceAt(one.start);
    const before = passage.lower.slice(Math.max(start, one.start - NEAR), one.start);
    // `fiel nicht um 38 %`; numbers are blanked, so that a comma ends the clause.
    const [after = ''] = passage.rest.slice(one.end, Math.min(end, one.end + NEAR)).split(',');
    // `so hoch wie noch nie` is a record, which is checked as one.
    const behind = after.replace(/^ wie (?:noch )?nie(?!\p{L})/u, '');
    if (words(vocabulary.not).test(before) || words(vocabulary.not).test(behind)) {
      // That it is a gap and no fall is what such findings are about.
      if (GAPS.includes(facts.finding.kind)) continue;
      return `the denied direction "${one.word}"`;
    }
    // `8 % of the drop`: that of the whole.
    const isOfWhole = OF_WHOLE.test(passage.rest.slice(0, one.start));
    for (const subject of isOfWhole ? [MAIN] : subjects.at(one)) {
      if (!facts.directions.get(subject)?.has(one.direction)) return `the direction "${one.word}"`;
    }
  }
  for (const one of passage.find(words(vocabulary.flat))) {
    const moved = subjects.at(one).some((subject) => (facts.directions.get(subject)?.size ?? 0) > 0);
    if (moved) return `"${one.match[0]}" of what has moved`;
  }
  return undefined;
}
