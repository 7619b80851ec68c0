import { init, use } from 'echarts/core';
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import type { Comparison } from '../comparison.js';
import { shortName } from './render-comparison.js';

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const [WIDTH, PANEL_HEIGHT] = [760, 330] as const;
const COLOURS = { drain: '#9db4c0', hash: '#5c6b73', work: '#2a7f9e', startUp: '#e0a458' } as const;

/** One bar, in CPU-seconds a GB. */
export interface Bar {
  readonly name: string;
  readonly drain: number;
  readonly hash: number;
  readonly work: number;
  readonly startUp: number;
  /** What the label says. */
  readonly total: number;
}

/** The bars of a comparison, the floor first: medians of whole processes, split into start-up and the rest. */
export function barsOf({ floor, rows, sizeBytes }: Comparison): Bar[] {
  const empty = { drain: 0, hash: 0, work: 0, startUp: 0 };
  const base: Bar[] =
    floor === undefined
      ? []
      : [
          {
            ...empty,
            name: 'floor',
            total: floor.cpuSecondsPerGB.median,
            drain: floor.drainCpuSecondsPerGB.median,
            hash: floor.hashCpuSecondsPerGB.median,
          },
        ];
  const contenders = rows
    .filter(({ id }) => id !== 'curl')
    .map(({ id, cpuSecondsPerGB, startUpCpuSeconds }): Bar => {
      const startUp = startUpCpuSeconds.median / (sizeBytes / 1e9);
      const total = cpuSecondsPerGB.median;
      return { ...empty, name: shortName(id), total, startUp, work: Math.max(0, total - startUp) };
    });
  return [...base, ...contenders];
}

/** CPU-seconds a GB of every contender, one panel a protocol, as SVG. */
export function drawPlot(comparisons: readonly Comparison[]): string {
  const height = PANEL_HEIGHT * comparisons.length + 40;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const panels = comparisons.map((comparison, index) => panel(comparison, index));
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'sans-serif' },
    // Nothing measures text here: the gap keeps the names apart.
    legend: { bottom: 4, itemGap: 50, data: Object.values(LABELS) },
    title: panels.map(({ title }) => title),
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.flatMap(({ series }) => series),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

const LABELS = {
  drain: 'curl to nowhere',
  hash: 'the hash alone',
  work: 'without start-up',
  startUp: 'start-up',
} as const;

function panel(comparison: Comparison, index: number) {
  const bars = barsOf(comparison);
  const top = index * PANEL_HEIGHT;
  const parts = ['drain', 'hash', 'work', 'startUp'] as const;
  return {
    title: {
      text: `${comparison.algorithm} over ${comparison.protocol.toUpperCase()}: CPU-seconds a GB (median)`,
      left: 12,
      top: top + 8,
      textStyle: { fontSize: 15 },
    },
    grid: { left: 140, right: 60, top: top + 44, height: PANEL_HEIGHT - 90 },
    xAxis: { type: 'value' as const, gridIndex: index },
    yAxis: { type: 'category' as const, gridIndex: index, inverse: true, data: bars.map(({ name }) => name) },
    series: parts.map((part) => ({
      type: 'bar' as const,
      name: LABELS[part],
      stack: `panel ${String(index)}`,
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: 18,
      itemStyle: { color: COLOURS[part] },
      data: bars.map((bar) => bar[part]),
      ...(part === 'startUp'
        ? {
            label: {
              show: true,
              position: 'right' as const,
              formatter: ({ dataIndex }: { dataIndex: number }) => bars[dataIndex]?.total.toFixed(2) ?? '',
            },
          }
        : {}),
    })),
  };
}
