/** `defineReport`: what a report is made from, and what it says. */
import type { Formatter } from './formatter.js';
import type { ReportData } from './ports.js';
import type { ReportPeriod } from './queue.js';
import type { ReportContent } from './report-content.js';
import type { Words } from './words.js';

/** What is asked of a report. */
export interface ReportQuery {
  readonly organizationId: string;
  readonly period: ReportPeriod;
  readonly filters: Readonly<Record<string, string>>;
}

/** With what its content is written. */
export interface ContentContext {
  /** BCP 47. */
  readonly locale: string;
  /** Of the package, in English or German. */
  readonly words: Words;
  /** Writes numbers and days as the reader does. */
  formatter(currency: string): Formatter;
}

/** What `defineReport` takes. */
export interface ReportOptions<Data> {
  /** What a request calls it. */
  readonly name: string;
  /** Names of the filters that it knows. A request with another one fails. Default: none. */
  readonly filters?: readonly string[];
  /** Reads what it is made from. */
  load(source: ReportData, query: ReportQuery): Promise<Data>;
  /** Says what is in it, for all formats. */
  content(data: Data, context: ContentContext): ReportContent;
}

/** A report: made by {@link defineReport}. */
export interface ReportDefinition<Data> extends AnyReport {
  load(source: ReportData, query: ReportQuery): Promise<Data>;
  content(data: Data, context: ContentContext): ReportContent;
}

/** A report, whatever it is made from. */
export interface AnyReport {
  readonly name: string;
  readonly filters: readonly string[];
  /** Reads it and says what is in it. */
  make(source: ReportData, query: ReportQuery, context: ContentContext): Promise<ReportContent>;
}

/**
 * Defines a report of your own, for `reportsProcessor({ templates })`. What it says is the same in each format.
 *
 * @example
 * ```ts
 * const stockReport = defineReport({
 *   name: 'stock',
 *   load: (_source, { organizationId }) => readStock(organizationId),
 *   content: (items, { words }) => ({
 *     title: 'Stock',
 *     period: { from: '2026-11-01', to: '2026-11-30' },
 *     currency: 'EUR',
 *     notices: [],
 *     figuresTitle: words.keyFigures,
 *     figures: [],
 *     tables: [
 *       {
 *         title: words.products,
 *         columns: [
 *           { title: words.product, kind: 'text', width: 3 },
 *           { title: words.units, kind: 'count', width: 1 },
 *         ],
 *         rows: items.map(({ name, units }) => [
 *           { kind: 'text', value: name },
 *           { kind: 'count', value: units },
 *         ]),
 *       },
 *     ],
 *   }),
 * });
 * ```
 */
export function defineReport<Data>(options: ReportOptions<Data>): ReportDefinition<Data> {
  const { name, filters = [] } = options;
  return {
    name,
    filters,
    load: (source, query) => options.load(source, query),
    content: (data, context) => options.content(data, context),
    make: async (source, query, context) => options.content(await options.load(source, query), context),
  };
}
