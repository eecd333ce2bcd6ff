/** One call of a language model through the AI SDK, which is loaded with the first. */
import { abortable } from '@bizinsights/jobs-core';
import type { LanguageModel, LanguageModelUsage } from 'ai';
import { z } from 'zod';
import { isObject } from '../reading/given.js';
import type { InsightWords } from '../words/words.js';
import type { CallTokens } from './model-budget.js';
import type { NarrationPrompt } from './prompt.js';

/**
 * A model of the AI SDK (`LanguageModel` of `ai` 6): what a provider gives, such as `openai('gpt-5-mini')`, or the id of one
 * behind a gateway.
 */
export type NarrationModel =
  | string
  | { readonly specificationVersion: string; readonly provider: string; readonly modelId: string };

/** What `ai` 6 can call. */
export function isLanguageModel(model: NarrationModel): model is LanguageModel {
  if (typeof model === 'string') return model !== '';
  if (!isObject(model)) return false;
  return ['v2', 'v3'].includes(model.specificationVersion) && 'doGenerate' in model;
}

/** What a call has given. */
export interface ModelAnswer {
  /** By the id in the prompt. */
  readonly words: ReadonlyMap<string, InsightWords>;
  /** Used, in and out. Undefined where the provider does not say. */
  readonly tokens: number | undefined;
  /** The same by what they are. Undefined where the provider does not say one of them. */
  readonly parts: CallTokens | undefined;
  /** Why it ended: `stop`, or what kept it from that, such as `length` and `content-filter`. */
  readonly finishReason: string;
}

const ITEM = z.object({ id: z.string(), title: z.string(), text: z.string() });
const OUTPUT = z.object({ insights: z.array(ITEM) });

/**
 * @throws what the signal was aborted with, errors of the provider, and that the package `ai` is missing
 */
export async function askModel(
  model: LanguageModel,
  { system, prompt }: NarrationPrompt,
  { signal, maxOutputTokens }: { readonly signal: AbortSignal; readonly maxOutputTokens: number },
): Promise<ModelAnswer> {
  const { generateText, NoObjectGeneratedError, Output, parsePartialJson } = await import('ai');
  const output = Output.object({ schema: OUTPUT });
  // One attempt: the template is there, and a second one would cost as much.
  const options = { model, system, prompt, output, maxOutputTokens, maxRetries: 0, abortSignal: signal };
  const given = await abortable(signal, async () => {
    try {
      const { text, totalUsage, finishReason } = await generateText(options);
      return { text, usage: totalUsage, finishReason };
    } catch (error) {
      // One entry that is wrong is no reason to throw the others away, and what it has cost is known.
      if (!NoObjectGeneratedError.isInstance(error)) throw error;
      return {
        text: error.text ?? '',
        usage: error.usage,
        finishReason: error.finishReason ?? 'unknown',
      };
    }
  });
  const { usage, finishReason } = given;
  const begin = given.text.indexOf('{');
  const parsed = begin < 0 ? undefined : await parsePartialJson(withoutFence(given.text.slice(begin)));
  return {
    words: wordsOf(parsed?.value, parsed?.state === 'repaired-parse'),
    tokens: usage?.totalTokens,
    parts: partsOf(usage),
    finishReason,
  };
}

function partsOf(usage: LanguageModelUsage | undefined): CallTokens | undefined {
  const { inputTokens: input, outputTokens: output } = usage ?? {};
  return input === undefined || output === undefined ? undefined : { input, output };
}

const withoutFence = (text: string) => text.replace(/\s*`{3}[\s\S]*$/, '');

/** @param isCut the last entry is not whole */
function wordsOf(value: unknown, isCut: boolean): ReadonlyMap<string, InsightWords> {
  const whole = z.object({ insights: z.array(z.unknown()) }).safeParse(value);
  if (!whole.success) return new Map();
  const items = isCut ? whole.data.insights.slice(0, -1) : whole.data.insights;
  return new Map(
    items.flatMap((item) => {
      const { success, data } = ITEM.safeParse(item);
      return success ? [[data.id, { title: data.title.trim(), text: data.text.trim() }]] : [];
    }),
  );
}
