/** Cuts the fields of one thing that is shown, and keeps in mind which. */
import { z } from 'zod';
import { jsonBytes, previewText, previewValue } from './preview.js';

export const truncated = z
  .array(z.object({ field: z.string(), bytes: z.int().describe('Of the whole field as JSON, as far as it was read.') }))
  .optional()
  .describe(
    'Fields that are not shown whole, as they are too large; absent when all are. What is shown is their beginning.',
  );

export class Previewer {
  readonly #cut: { field: string; bytes: number }[] = [];

  value(field: string, value: unknown, limit: number): unknown {
    const preview = previewValue(value, limit);
    this.#note(field, preview.bytes);
    return preview.value;
  }

  text(field: string, text: string, limit: number): string {
    const preview = previewText(text, limit);
    this.#note(field, preview.bytes);
    return preview.value;
  }

  /** The last of many texts, in their order, as many as have a place. */
  newest(field: string, texts: readonly string[], limits: { readonly each: number; readonly all: number }): string[] {
    const shown: string[] = [];
    let [size, isCut] = [0, false];
    for (const text of texts.toReversed()) {
      const preview = previewText(text, limits.each);
      size += jsonBytes(preview.value);
      isCut ||= preview.bytes !== undefined || size > limits.all;
      if (size > limits.all) break;
      shown.unshift(preview.value);
    }
    if (isCut) this.#note(field, jsonBytes(texts));
    return shown;
  }

  /** Says that a field was cut. */
  note(field: string, bytes: number): void {
    this.#note(field, bytes);
  }

  /** What was cut, to be spread into what is shown. */
  said(): { truncated?: { field: string; bytes: number }[] } {
    return this.#cut.length > 0 ? { truncated: this.#cut } : {};
  }

  #note(field: string, bytes: number | undefined): void {
    if (bytes !== undefined) this.#cut.push({ field, bytes });
  }
}
