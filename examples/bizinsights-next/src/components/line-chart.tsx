'use client';

import type { LineSeriesOption } from 'echarts/charts';
import type { EChartsType } from 'echarts/core';
import { useEffect, useRef } from 'react';
import { type Formats, formatDay, formatFigure, formatTick, type Unit } from '@/lib/figures/format';
import type { Point } from '@/lib/figures/overview';

interface LineChartProps {
  readonly label: string;
  readonly unit: Unit;
  readonly points: readonly Point[];
  readonly formats: Formats;
}

/**
 * A period as a line, and the one before as a dashed one. Drawn on a canvas, the tooltip too: the content security policy
 * allows no inline styles. The table beside it says the same in text.
 *
 * The page reads its data again every few seconds. The chart is made once and takes what has changed, so that it neither
 * begins anew nor loses the point that is looked at.
 */
export function LineChart(props: LineChartProps) {
  const element = useRef<HTMLDivElement>(null);
  // What is read again is a new object each time, also where nothing in it has changed.
  const content = JSON.stringify(props);
  const shown = useRef({ content, props });
  const draw = useRef<() => void>(() => {});
  useEffect(() => {
    const container = element.current;
    if (!container) return;
    let chart: EChartsType | undefined;
    let isGone = false;
    const redraw = () => chart?.setOption(chartOptions(shown.current.props, readColours(container)));
    const sizes = new ResizeObserver(() => chart?.resize());
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    loadCharts()
      .then((echarts) => {
        if (isGone) return;
        chart = echarts.init(container);
        redraw();
        draw.current = redraw;
        sizes.observe(container);
        scheme.addEventListener('change', redraw);
      })
      .catch((error: unknown) => console.error(error));
    return () => {
      isGone = true;
      draw.current = () => {};
      sizes.disconnect();
      scheme.removeEventListener('change', redraw);
      chart?.dispose();
    };
  }, []);
  useEffect(() => {
    if (shown.current.content === content) return;
    shown.current = { content, props };
    draw.current();
  }, [content, props]);
  return (
    <div
      ref={element}
      className="chart"
      role="img"
      aria-label={`${props.label} as a line chart; the table below has the figures`}
    />
  );
}

let loading: Promise<typeof import('echarts/core')> | undefined;

/** Only the parts that are used, and not before a chart is on the page. */
function loadCharts() {
  loading ??= Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]).then(([core, charts, components, renderers]) => {
    const { GridComponent, TooltipComponent, MarkAreaComponent } = components;
    core.use([charts.LineChart, GridComponent, TooltipComponent, MarkAreaComponent, renderers.CanvasRenderer]);
    return core;
  });
  return loading;
}

const COLOURS = {
  line: '--chart',
  before: '--chart-before',
  grid: '--chart-grid',
  provisional: '--chart-provisional',
  text: '--text',
  quiet: '--text-quiet',
  surface: '--surface',
} as const;
type Colours = Record<keyof typeof COLOURS, string>;

function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const colourOf = (name: keyof typeof COLOURS) => style.getPropertyValue(COLOURS[name]).trim();
  return {
    line: colourOf('line'),
    before: colourOf('before'),
    grid: colourOf('grid'),
    provisional: colourOf('provisional'),
    text: colourOf('text'),
    quiet: colourOf('quiet'),
    surface: colourOf('surface'),
  };
}

function chartOptions({ label, unit, points, formats }: LineChartProps, colours: Colours) {
  const provisional = points.findIndex(({ isProvisional }) => isProvisional);
  const line: LineSeriesOption = {
    name: label,
    type: 'line',
    data: points.map(({ value }) => value),
    showSymbol: points.length <= 7,
    symbolSize: 6,
    lineStyle: { width: 2.25, color: colours.line },
    itemStyle: { color: colours.line },
    z: 3,
    // Given also without an area: what is left out stays as it was.
    markArea: {
      silent: true,
      itemStyle: { color: colours.provisional },
      data: provisional < 0 ? [] : [[{ xAxis: provisional }, { xAxis: points.length - 1 }]],
    },
  };
  const before: LineSeriesOption = {
    name: 'Period before',
    type: 'line',
    data: points.map(({ valueBefore }) => valueBefore),
    showSymbol: false,
    lineStyle: { width: 1.5, type: 'dashed', color: colours.before },
    itemStyle: { color: colours.before },
  };
  return {
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    animationDuration: 300,
    grid: { left: 4, right: 12, top: 16, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: points.map(({ day }) => formatDay(day, formats, 'short')),
      boundaryGap: false,
      axisLine: { lineStyle: { color: colours.grid } },
      axisTick: { show: false },
      axisLabel: { color: colours.quiet, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      splitNumber: 4,
      splitLine: { lineStyle: { color: colours.grid } },
      axisLabel: { color: colours.quiet, formatter: (value: number) => formatTick(value, unit, formats) },
    },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.before,
      borderWidth: 1,
      textStyle: { color: colours.text, fontSize: 13, lineHeight: 20 },
      formatter: (hovered: unknown) => tooltipText(points[hoveredIndex(hovered)], unit, formats),
    },
    series: [line, before],
  };
}

/** ECharts gives one entry a series; all are of the same point. */
function hoveredIndex(hovered: unknown): number {
  const [first]: unknown[] = Array.isArray(hovered) ? hovered : [hovered];
  const index: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'dataIndex') : undefined;
  return typeof index === 'number' ? index : -1;
}

function tooltipText(point: Point | undefined, unit: Unit, formats: Formats): string {
  if (!point) return '';
  const { day, value, dayBefore, valueBefore, isProvisional } = point;
  return [
    `${formatDay(day, formats)}: ${formatFigure(value, unit, formats)}${isProvisional ? ' (provisional)' : ''}`,
    `${formatDay(dayBefore, formats)}: ${formatFigure(valueBefore, unit, formats)}`,
  ].join('\n');
}
