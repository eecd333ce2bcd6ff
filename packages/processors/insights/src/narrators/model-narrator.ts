/** `modelNarrator`: a language model finds the words, and what it says is checked against the evidence. */
import { abortable, ConfigError, toError } from '@bizinsights/jobs-core';
import { isObject, missingMethods, shownValue } from '../reading/given.js';
import { formatsOf } from '../words/format.js';
import { type InsightWords, LONGEST_TITLE } from '../words/words.js';
import { askModel, isLanguageModel, type ModelAnswer, type NarrationModel } from './ask-model.js';
import { problemOf } from './checking/check.js';
import { factsOf } from './checking/facts.js';
import { budgetIssue, type ModelBudget, reservationOf, settlementOf } from './model-budget.js';
import type { ModelConsent, ModelUsage, TokenSettlement } from './model-ports.js';
import type { FoundInsight, NarrationContext, Narrator } from './narrator.js';
import { idOf, narrationPrompt } from './prompt.js';
import { namesOf } from './shown-names.js';

/** A text of the model that says more than the evidence. */
export interface RejectedWords {
  readonly organizationId: string;
  readonly finding: FoundInsight;
  /** As the model wrote them, with placeholders for names. */
  readonly words: InsightWords;
  /** What is not so: `the number "45%"`. */
  readonly reason: string;
}

/** What `modelNarrator` takes. */
export interface ModelNarratorOptions {
  /** Of any provider of the AI SDK: `openai('gpt-5-mini')`. Needs the package `ai`, version 6. */
  readonly model: NarrationModel;
  /** Which organizations have agreed: `store.insights`. */
  readonly consent: ModelConsent & Partial<ModelUsage>;
  /** Counts what they use. Default: `consent`, where it does so, as `store.insights` does. */
  readonly usage?: ModelUsage;
  /** What an organization may use on a day of its own: tokens, money or both. Default: 50,000 tokens. */
  readonly budget?: ModelBudget;
  /** How long one call may take. ms, default 20,000. */
  readonly timeout?: number;
  /** Called for each text that is not used as it says more than the evidence. An error in it is logged. */
  readonly onRejected?: (rejected: RejectedWords) => void;
}

const TIMEOUT = 20_000;

/** So many findings are one call: the instructions are sent once for them, and a call that fails costs no more of them. */
const TOGETHER = 5;

/** Tokens that the answer to one finding needs at most. */
const ANSWER = 300;

/** Characters a token, at the least: so many tokens are reserved, and what was not used is given back. */
const CHARACTERS_A_TOKEN = 3;

/** What the schema of the answer adds. Tokens. */
const SCHEMA = 300;

/**
 * A narrator that asks a language model, for organizations that have agreed. It sends findings alone (`narrationPrompt` shows
 * what), never a record, a customer or a text of the shop. What the model says is checked: a number, date, name, direction or
 * cause that the evidence does not have, and the words are the template's. So they are where the organization has not agreed, its
 * budget of the day is used up, or the model fails or is late: no job fails for it.
 *
 * @throws {ConfigError} for a model that `ai` 6 can't call, a budget or time-out that is none, a port without its methods, and where
 *   nothing counts the usage, or the money of a budget
 * @example
 * ```ts
 * import { insightsProcessor } from '@bizinsights/jobs-insights';
 *
 * const model = 'openai/gpt-5-mini'; // or what a provider gives: openai('gpt-5-mini')
 * insightsProcessor({
 *   metrics: store.metrics,
 *   insights: store.insights,
 *   narrator: modelNarrator({ model, consent: store.insights, budget: { tokens: 20_000 } }),
 * });
 * ```
 */
export function modelNarrator(options: ModelNarratorOptions): Narrator {
  const settings = settingsOf(options);
  return {
    async narrate(findings, context) {
      const words: (InsightWords | undefined)[] = findings.map(() => undefined);
      // What is over is one sentence: nothing to gain.
      const wanted = findings.flatMap((finding, place) => (finding.status === 'over' ? [] : [{ finding, place }]));
      if (wanted.length === 0 || !(await isAllowed(settings, context))) return words;
      let rejected = 0;
      for (let index = 0; index < wanted.length; index += TOGETHER) {
        const batch = wanted.slice(index, index + TOGETHER);
        const answer = await answerFor(
          batch.map(({ finding }) => finding),
          settings,
          context,
        );
        // What has failed now would fail again, and take its time.
        if (!answer) break;
        for (const [number, { finding, place }] of batch.entries()) {
          const given = answer.words.get(idOf(number));
          const checked = given && checkedWords(given, finding, settings, context);
          if (given && !checked) rejected++;
          words[place] = checked;
        }
      }
      const model = words.filter((one) => one !== undefined).length;
      const narration = { model, template: findings.length - model, rejected };
      context.logger.info({ narration }, 'Insights have been worded');
      return words;
    },
  };
}

type Settings = ReturnType<typeof settingsOf>;

function settingsOf(options: ModelNarratorOptions) {
  const wrong = (name: string, message: string) =>
    new ConfigError('The narrator cannot be used', [{ path: name === '' ? [] : [name], message }]);
  if (!isObject(options)) throw wrong('', 'needs options: an object with `model` and `consent`');
  const { model, consent, usage, budget = {}, timeout = TIMEOUT, onRejected } = options;
  if (!isLanguageModel(model)) throw wrong('model', 'must be a model of the AI SDK that `ai` 6 can call');
  if (missingMethods(consent, ['isModelAllowed']).length > 0) {
    throw wrong('consent', 'must have the method `isModelAllowed`, as `store.insights` has');
  }
  const issue = budgetIssue(budget);
  if (issue !== undefined) throw wrong('budget', issue);
  if (!(Number.isInteger(timeout) && timeout > 0)) throw wrong('timeout', 'must be a whole number of at least 1');
  if (usage !== undefined && !isUsage(usage)) {
    throw wrong('usage', 'must have the methods `reserveTokens` and `settleTokens`');
  }
  const counter = usage ?? (isUsage(consent) ? consent : undefined);
  if (!counter) throw wrong('usage', 'must be given, as `consent` counts no tokens');
  if (budget.money && !counter.countsMoney) throw wrong('usage', 'must count money, as `budget` has a limit of it');
  if (onRejected !== undefined && typeof onRejected !== 'function') throw wrong('onRejected', 'must be a function');
  return { model, consent, usage: counter, budget, timeout, onRejected };
}

function isUsage(port: Partial<ModelUsage>): port is ModelUsage {
  return missingMethods(port, ['reserveTokens', 'settleTokens']).length === 0;
}

async function isAllowed(
  { consent }: Settings,
  { organizationId, signal, logger }: NarrationContext,
): Promise<boolean> {
  try {
    const isGiven: unknown = await abortable(signal, () => consent.isModelAllowed(organizationId));
    // "no" in quotes is no consent.
    if (typeof isGiven !== 'boolean') throw new Error(`\`isModelAllowed\` gave ${shownValue(isGiven)}: true or false`);
    return isGiven;
  } catch (error) {
    signal.throwIfAborted();
    logger.error(
      { err: toError(error) },
      'It is not known whether a language model is allowed: the template has the words',
    );
    return false;
  }
}

/** Undefined where there is none: the budget is used up, or the model has failed. */
async function answerFor(
  findings: readonly FoundInsight[],
  { model, usage, budget, timeout }: Settings,
  context: NarrationContext,
): Promise<ModelAnswer | undefined> {
  const { organizationId, today, signal, logger } = context;
  const prompt = narrationPrompt(findings, context);
  const maxOutputTokens = ANSWER * findings.length;
  const sent = prompt.system.length + prompt.prompt.length;
  const most = { input: Math.ceil(sent / CHARACTERS_A_TOKEN) + SCHEMA, output: maxOutputTokens };
  const reservation = reservationOf(most, budget);
  const within = AbortSignal.timeout(timeout);
  let isReserved = false;
  try {
    const answered: unknown = await abortable(signal, () => usage.reserveTokens(organizationId, today, reservation));
    if (typeof answered !== 'boolean') {
      logger.error(`\`reserveTokens\` gave ${shownValue(answered)}, and not true or false: the template has the words`);
      return undefined;
    }
    isReserved = answered;
    if (!isReserved) {
      logger.info({ budget }, 'The budget of the language model is used up for today: the template has the words');
      return undefined;
    }
    const answer = await askModel(model, prompt, { signal: AbortSignal.any([signal, within]), maxOutputTokens });
    await settle(usage, context, settlementOf(reservation, answer, budget));
    if (answer.words.size < findings.length) {
      const { finishReason } = answer;
      logger.warn(
        { finishReason, wanted: findings.length, given: answer.words.size },
        'The language model gave too little',
      );
    }
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    // A call that was late may cost what was reserved; one that was refused costs nothing.
    const nothing = { tokens: 0, parts: { input: 0, output: 0 } };
    if (isReserved && !within.aborted) await settle(usage, context, settlementOf(reservation, nothing, budget));
    const why = within.aborted ? `took more than ${timeout} ms` : 'has failed';
    logger.warn({ err: toError(error) }, `The language model ${why}: the template has the words`);
    return undefined;
  }
}

/** An error leaves the reservation, which is on the safe side. */
async function settle(
  usage: ModelUsage,
  { organizationId, today, signal, logger }: NarrationContext,
  settlement: TokenSettlement,
): Promise<void> {
  try {
    await abortable(signal, () => usage.settleTokens(organizationId, today, settlement));
  } catch (error) {
    signal.throwIfAborted();
    logger.error({ err: toError(error) }, 'What the language model has used could not be counted');
  }
}

/** With its names filled in; undefined where it says more than the evidence, or is too long. */
function checkedWords(
  words: InsightWords,
  finding: FoundInsight,
  { onRejected }: Settings,
  { organizationId, logger, ...calendar }: NarrationContext,
): InsightWords | undefined {
  const formats = formatsOf(calendar);
  const filled = { title: words.title, text: words.text };
  for (const { placeholder, text } of namesOf(finding)) {
    const name = text(formats.language);
    filled.title = filled.title.replaceAll(placeholder, () => name);
    filled.text = filled.text.replaceAll(placeholder, () => name);
  }
  const reason = lengthProblem(filled) ?? problemOf(words, factsOf(finding, calendar.today), formats);
  if (reason === undefined) return filled;
  const { kind, metric } = finding;
  logger.warn(
    { kind, metric, reason },
    'A text of the language model says more than the evidence: the template has the words',
  );
  try {
    onRejected?.({ organizationId, finding, words, reason });
  } catch (error) {
    logger.error({ err: toError(error) }, '`onRejected` has failed');
  }
  return undefined;
}

/** Characters. */
const LONGEST_TEXT = 800;

function lengthProblem({ title, text }: InsightWords): string | undefined {
  if (title === '' || text === '') return 'an empty text';
  if ([...title].length > LONGEST_TITLE) return `a title of more than ${LONGEST_TITLE} characters`;
  return text.length > LONGEST_TEXT ? `a text of more than ${LONGEST_TEXT} characters` : undefined;
}
