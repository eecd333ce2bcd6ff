/** How findings become words: the port, and what stands in for a narrator that has none. */
import type { Logger } from '@bizinsights/jobs-core';
import { askOptional } from '../optional-port.js';
import type { MetricCalendar, NewInsight } from '../ports.js';
import { formatsOf } from '../words/format.js';
import { type InsightWords, LONGEST_TITLE, wordsOf } from '../words/words.js';

/** An insight that has no words yet. */
export type FoundInsight = Omit<NewInsight, 'title' | 'text'>;

/** Whose insights are narrated, and how it writes figures. */
export interface NarrationContext extends MetricCalendar {
  readonly organizationId: string;
  /** Aborts when the job is to end: pass it to every wait. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Finds the words of insights. The default is a template, in German where the organization's locale is `de`, and otherwise in
 * English; `modelNarrator` asks a language model.
 *
 * @example
 * ```ts
 * const terse: Narrator = {
 *   narrate: async (findings) =>
 *     findings.map(({ metric, kind }) => (kind === 'record' ? { title: `Record: ${metric}`, text: 'A record.' } : undefined)),
 * };
 * ```
 */
export interface Narrator {
  /**
   * The words of each finding, in their order. What is undefined, empty or too long gets the template's: titles have at most
   * 80 characters and texts 2,000.
   */
  narrate(findings: readonly FoundInsight[], context: NarrationContext): Promise<readonly (InsightWords | undefined)[]>;
}

/** Characters. */
const LONGEST_TEXT = 2_000;

/** Needs nothing but the findings. */
export const templateNarrator: Narrator = {
  async narrate(findings, calendar) {
    const formats = formatsOf(calendar);
    return findings.map((finding) => wordsOf(finding, formats));
  },
};

/**
 * Findings with their words. What a narrator does not give, or fails at, is the template's: words never fail a job.
 *
 * @throws what the signal was aborted with
 */
export async function narrated(
  findings: readonly FoundInsight[],
  narrator: Narrator,
  context: NarrationContext,
): Promise<NewInsight[]> {
  const words = findings.length === 0 ? [] : await wordsFrom(findings, narrator, context);
  const formats = formatsOf(context);
  return findings.map((finding, index) => {
    const given = words[index];
    return { ...finding, ...(isUsable(given) ? { title: given.title, text: given.text } : wordsOf(finding, formats)) };
  });
}

async function wordsFrom(
  findings: readonly FoundInsight[],
  narrator: Narrator,
  context: NarrationContext,
): Promise<readonly (InsightWords | undefined)[]> {
  const { signal, logger } = context;
  const failed = (err: Error) =>
    logger.error({ err }, 'The narrator has failed: insights have the words of the template');
  const words: unknown = await askOptional(signal, async () => await narrator.narrate(findings, context), failed);
  if (words === undefined || Array.isArray(words)) return words ?? [];
  failed(new Error('It has given no list'));
  return [];
}

/** A host's narrator may give anything. */
function isUsable(words: InsightWords | undefined): words is InsightWords {
  if (words === undefined || words === null) return false;
  const { title, text } = words;
  return isLine(title, LONGEST_TITLE) && isLine(text, LONGEST_TEXT);
}

function isLine(text: unknown, longest: number): boolean {
  return typeof text === 'string' && text.trim() !== '' && [...text.slice(0, 2 * longest + 1)].length <= longest;
}
