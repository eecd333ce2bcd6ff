/** What a report says, whatever the format of its file. */

/** A value that each format writes in its own way: Excel and CSV as a number, PDF as the reader's locale has it. */
export type Cell =
  | { readonly kind: 'text'; readonly value: string }
  /** `2026-11-24` */
  | { readonly kind: 'day'; readonly value: string }
  | { readonly kind: NumberKind; readonly value: number | undefined };

/**
 * `money`: minor units of the report's currency. `percent`: 0.02 is 2 %. `change`: the same, shown with its sign. `ratio`: 4
 * is four times.
 */
export type NumberKind = 'money' | 'count' | 'percent' | 'change' | 'ratio';

/** A key figure beside that of the period before. */
export interface ReportFigure {
  readonly label: string;
  readonly value: Cell;
  readonly before: Cell;
  /** 0.1 is a tenth more than before. Undefined where there is nothing to compare with. */
  readonly change: number | undefined;
  /** Whether more is better, worse, or neither. */
  readonly isMoreBetter?: boolean | undefined;
}

export interface ReportColumn {
  readonly title: string;
  readonly kind: Cell['kind'];
  /** Part of the width, compared with the other columns. */
  readonly width: number;
  /** Left out in PDF, where there is no room. */
  readonly isDetail?: boolean;
}

export interface ReportTable {
  readonly title: string;
  readonly note?: string;
  readonly columns: readonly ReportColumn[];
  /** A cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface ReportChart {
  readonly title: string;
  /** By day. Undefined: not known. Minor units. */
  readonly points: readonly { readonly day: string; readonly value: number | undefined }[];
}

export interface ReportContent {
  readonly title: string;
  /** Days, both included. */
  readonly period: { readonly from: string; readonly to: string };
  /** ISO 4217: what `money` is in. */
  readonly currency: string;
  /** What the reader has to know of the figures, in sentences. */
  readonly notices: readonly string[];
  readonly figuresTitle: string;
  readonly figures: readonly ReportFigure[];
  readonly chart?: ReportChart;
  readonly tables: readonly ReportTable[];
}

export const text = (value: string): Cell => ({ kind: 'text', value });
export const day = (value: string): Cell => ({ kind: 'day', value });
export const money = (value: number | undefined): Cell => ({ kind: 'money', value });
export const count = (value: number | undefined): Cell => ({ kind: 'count', value });
export const percent = (value: number | undefined): Cell => ({ kind: 'percent', value });
export const ratio = (value: number | undefined): Cell => ({ kind: 'ratio', value });
