/** The report `sales`: the key figures with their change, the days, the products. */
import { cleanText } from '../clean-text.js';
import { type ContentContext, defineReport } from '../define-report.js';
import {
  type Cell,
  count,
  day,
  money,
  percent,
  type ReportContent,
  type ReportFigure,
  type ReportTable,
  ratio,
  text,
} from '../report-content.js';
import type { Words } from '../words.js';
import type { Certainty, SalesData, SalesDay, SalesFigures } from './sales-data.js';

type Figure = keyof SalesFigures;

/** In the order in which they are shown. `isMoreBetter` is left out where neither is: spending more is a decision. */
const FIGURES: readonly {
  readonly name: Figure;
  readonly cell: (value: number | undefined) => Cell;
  readonly isMoreBetter?: boolean;
}[] = [
  { name: 'revenue', cell: money, isMoreBetter: true },
  { name: 'orders', cell: count, isMoreBetter: true },
  { name: 'averageOrderValue', cell: money, isMoreBetter: true },
  { name: 'newCustomers', cell: count, isMoreBetter: true },
  { name: 'sessions', cell: count, isMoreBetter: true },
  { name: 'conversionRate', cell: percent, isMoreBetter: true },
  { name: 'adSpend', cell: money },
  { name: 'returnOnAdSpend', cell: ratio, isMoreBetter: true },
];

/** The figures that are sums: if all are 0, nothing happened. */
const SUMS: readonly Figure[] = ['revenue', 'orders', 'newCustomers', 'sessions', 'adSpend'];

/** Revenue, orders, visits, advertising and products of a period, compared with the period before. */
export const salesReport = defineReport<SalesData>({
  name: 'sales',
  load: (source, { organizationId, period }) => source.sales(organizationId, period),
  content: salesContent,
});

function salesContent(data: SalesData, { words, formatter }: ContentContext): ReportContent {
  const { currency, period, total, totalBefore, days, products } = data;
  const isEmpty = products.length === 0 && SUMS.every((figure) => total[figure] === 0);
  const format = formatter(currency);
  const notices = [
    ...(isEmpty ? [words.nothing] : []),
    ...(total.unknownDays > 0 ? [words.unknownDays(format.count(total.unknownDays))] : []),
    ...(totalBefore.unknownDays > 0 ? [words.unknownBefore(format.count(totalBefore.unknownDays))] : []),
    ...(total.isProvisional ? [words.isProvisional] : []),
    ...(total.isPartial ? [words.isPartial] : []),
  ];
  const content = {
    title: words.sales,
    period,
    currency,
    notices,
    figuresTitle: words.keyFigures,
    figures: FIGURES.map((figure) => figureOf(figure, data, words)),
  };
  if (isEmpty) return { ...content, tables: [] };
  return {
    ...content,
    chart: {
      title: words.revenueByDay,
      points: days.map(({ day: on, revenue, isUnknown }) => ({
        day: on,
        value: isUnknown && revenue === 0 ? undefined : revenue,
      })),
    },
    tables: [daysTable(days, words), productsTable(data, words)],
  };
}

function figureOf(
  { name, cell, isMoreBetter }: (typeof FIGURES)[number],
  { total, totalBefore, before }: SalesData,
  words: Words,
): ReportFigure {
  // Of a period of which nothing is known, the zeros say nothing.
  const isKnown = totalBefore.unknownDays < countDays(before);
  const old = isKnown || totalBefore[name] !== 0 ? totalBefore[name] : undefined;
  return {
    label: words[name],
    value: cell(total[name]),
    before: cell(old),
    change: changeOf(total[name], old),
    isMoreBetter,
  };
}

function changeOf(value: number | undefined, old: number | undefined): number | undefined {
  if (value === undefined || old === undefined || old === 0) return undefined;
  return (value - old) / Math.abs(old);
}

function countDays({ from, to }: { readonly from: string; readonly to: string }): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
}

function daysTable(days: readonly SalesDay[], words: Words): ReportTable {
  return {
    title: words.days,
    columns: [
      { title: words.day, kind: 'day', width: 1.25 },
      { title: words.revenue, kind: 'money', width: 1.35 },
      { title: words.orders, kind: 'count', width: 1.4 },
      { title: words.averageOrderValue, kind: 'money', width: 1.3, isDetail: true },
      { title: words.newCustomers, kind: 'count', width: 1.6 },
      { title: words.sessions, kind: 'count', width: 1.1 },
      { title: words.conversionRate, kind: 'percent', width: 1.25 },
      { title: words.adSpend, kind: 'money', width: 1.3 },
      { title: words.returnOnAdSpend, kind: 'ratio', width: 1.2, isDetail: true },
      { title: words.note, kind: 'text', width: 1.9 },
    ],
    rows: days.map((figures) => [
      day(figures.day),
      money(figures.revenue),
      count(figures.orders),
      money(figures.averageOrderValue),
      count(figures.newCustomers),
      count(figures.sessions),
      percent(figures.conversionRate),
      money(figures.adSpend),
      ratio(figures.returnOnAdSpend),
      text(notesOf(figures, words)),
    ]),
  };
}

function notesOf({ isUnknown, isProvisional, isPartial }: SalesDay & Certainty, words: Words): string {
  return [
    ...(isUnknown ? [words.unknown] : []),
    ...(isProvisional ? [words.provisional] : []),
    ...(isPartial ? [words.partial] : []),
  ].join(', ');
}

function productsTable({ products }: SalesData, words: Words): ReportTable {
  const all = products.reduce((sum, { revenue }) => sum + revenue, 0);
  return {
    title: words.products,
    note: words.productNote,
    columns: [
      { title: words.product, kind: 'text', width: 5 },
      { title: words.units, kind: 'count', width: 1 },
      { title: words.orders, kind: 'count', width: 1.5 },
      { title: words.revenue, kind: 'money', width: 1.6 },
      { title: words.share, kind: 'percent', width: 1 },
    ],
    rows: products.map(({ name, units, orders, revenue }) => [
      text(name === undefined ? words.noProduct : cleanText(name)),
      count(units),
      count(orders),
      money(revenue),
      percent(all > 0 ? revenue / all : undefined),
    ]),
  };
}
