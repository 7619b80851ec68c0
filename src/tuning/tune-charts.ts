import { formatBytes } from '../core/format-bytes.js';
import { CHART_COLOURS, drawChart } from '../report/draw-chart.js';
import { SEED_TABLE } from './seed-table.js';
import type { CellResult, TuneResult } from './tune-result.js';
import { figure } from './tune-table.js';

const WIDTH = 900;

/** One line of a chart: a figure for each of its x values, or none. */
interface Line {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

/** Geometric mean of the cells' median speeds; undefined where there are none. */
export function meanSpeedOf(cells: readonly CellResult[]): number | undefined {
  const speeds = cells.flatMap(({ megabytesPerSecond }) =>
    megabytesPerSecond === undefined ? [] : [megabytesPerSecond.median],
  );
  if (speeds.length === 0) return undefined;
  return Math.exp(speeds.reduce((sum, speed) => sum + Math.log(speed), 0) / speeds.length);
}

/** midstate's own cells of one object at once. */
export function ownCells({ cells }: TuneResult): CellResult[] {
  return cells.filter(({ runner, objectsAtOnce }) => runner === 'native' && objectsAtOnce === 1);
}

/** MB/s by class and chunk, the mean over object sizes. */
export function drawHeatMap(result: TuneResult): string {
  const { classesMB, chunkBytes } = result.matrix;
  const own = ownCells(result);
  const points = classesMB.flatMap((memoryMB, x) =>
    chunkBytes.flatMap((chunk, y) => {
      const speed = meanSpeedOf(
        own.filter((cell) => cell.memoryMB === memoryMB && cell.chunkSizeBytes === chunk),
      );
      return speed === undefined ? [] : [[x, y, Number(figure(speed))]];
    }),
  );
  const speeds = points.map(([, , speed]) => speed ?? 0);
  const height = 150 + 50 * chunkBytes.length;
  return drawChart(
    {
      title: titleOf('MB/s by class and chunk (mean over objects)'),
      grid: { left: 90, right: 30, top: 44, bottom: 80 },
      xAxis: { type: 'category', data: classesMB.map(classLabel), splitArea: { show: true } },
      yAxis: { type: 'category', data: chunkBytes.map(formatBytes), splitArea: { show: true } },
      visualMap: {
        min: Math.floor(Math.min(...speeds)),
        max: Math.ceil(Math.max(...speeds)),
        orient: 'horizontal',
        left: 'center',
        bottom: 0,
        text: ['MB/s', ''],
        inRange: { color: ['#eef4f7', '#8fbfd1', '#2a7f9e', '#10475c'] },
      },
      series: [{ type: 'heatmap', data: points, label: { show: true } }],
    },
    { width: WIDTH, height },
  );
}

/** MB/s over the classes, a line for each chunk; Python's loop and the seed at the chunk they have in common. */
export function drawSpeeds(result: TuneResult): string {
  const { classesMB, chunkBytes } = result.matrix;
  const own = ownCells(result);
  const compared = chunkBytes.includes(20_000_000) ? 20_000_000 : (chunkBytes[0] ?? 0);
  const python = result.cells.filter(
    ({ runner, chunkSizeBytes }) => runner === 'python' && chunkSizeBytes === compared,
  );
  const speedsOf = (cells: readonly CellResult[]) =>
    classesMB.map((memoryMB) => meanSpeedOf(cells.filter((cell) => cell.memoryMB === memoryMB)));
  const lines = [
    ...chunkBytes.map((chunk) => ({
      name: `chunk ${formatBytes(chunk)}`,
      values: speedsOf(own.filter((cell) => cell.chunkSizeBytes === chunk)),
    })),
    ...(python.length === 0 ? [] : [{ name: `Python, ${formatBytes(compared)}`, values: speedsOf(python) }]),
    { name: `seed (2021), ${formatBytes(compared)}`, values: seedSpeeds(result, compared) },
  ];
  return drawLines('MB/s by class', classesMB.map(classLabel), lines);
}

/** The seed's mean over the same objects, where it measured them. */
function seedSpeeds({ matrix }: TuneResult, chunkBytes: number): (number | undefined)[] {
  return matrix.classesMB.map((memoryMB) => {
    const rows = SEED_TABLE.filter(
      (row) =>
        row.memoryMB === memoryMB &&
        row.chunkMB * 1e6 === chunkBytes &&
        matrix.objectBytes.includes(row.objectMB * 1e6),
    );
    if (rows.length === 0) return undefined;
    return Math.exp(rows.reduce((sum, row) => sum + Math.log(row.averageMBPerSecond), 0) / rows.length);
  });
}

/** The largest peak of each class in MB: midstate's, Python's, and what the seed's function used. */
export function drawMemory(result: TuneResult): string {
  const { classesMB } = result.matrix;
  const peak = (runner: CellResult['runner']) =>
    classesMB.map((memoryMB) => {
      const peaks = result.cells
        .filter((cell) => cell.memoryMB === memoryMB && cell.runner === runner)
        .flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes / 1e6]));
      return peaks.length === 0 ? undefined : Math.max(...peaks);
    });
  const seed = classesMB.map((memoryMB) =>
    Math.max(...SEED_TABLE.filter((row) => row.memoryMB === memoryMB).map((row) => row.memoryUsedMB)),
  );
  const lines: Line[] = [
    { name: 'midstate', values: peak('native') },
    { name: 'Python', values: peak('python') },
    { name: 'seed (2021)', values: seed },
  ].filter(({ values }) => values.some((value) => value !== undefined));
  return drawChart(
    {
      title: titleOf('largest memory used, MB'),
      legend: { bottom: 0, itemGap: 40 },
      grid: { left: 60, right: 30, top: 44, bottom: 60 },
      xAxis: { type: 'category', data: classesMB.map(classLabel) },
      yAxis: { type: 'value' },
      series: lines.map(({ name, values }) => ({
        type: 'bar',
        name,
        data: values.map((value) => value ?? '-'),
        label: { show: true, position: 'top', formatter: rounded },
      })),
    },
    { width: WIDTH, height: 300 },
  );
}

/** MB/s of all objects together over how many are hashed at once, or over GETs of one object at once. */
export function drawDimension(
  result: TuneResult,
  dimension: 'objectsAtOnce' | 'connections',
  title: string,
): string {
  const { classesMB } = result.matrix;
  const steps = result.matrix[dimension];
  const lines = classesMB.map((memoryMB) => ({
    name: classLabel(memoryMB),
    values: steps.map((step) =>
      meanSpeedOf(
        result.cells.filter(
          (cell) => cell.runner === 'native' && cell.memoryMB === memoryMB && cell[dimension] === step,
        ),
      ),
    ),
  }));
  return drawLines(title, steps.map(String), lines);
}

function drawLines(title: string, x: readonly string[], lines: readonly Line[]): string {
  return drawChart(
    {
      title: titleOf(title),
      color: [...CHART_COLOURS, '#9db4c0', '#3b3b3b'],
      legend: { bottom: 0, itemGap: 30 },
      grid: { left: 60, right: 30, top: 44, bottom: 60 },
      xAxis: { type: 'category', data: [...x] },
      yAxis: { type: 'value', min: 0 },
      series: lines.map(({ name, values }) => ({
        type: 'line',
        name,
        symbolSize: 7,
        lineStyle: {
          type: name.startsWith('seed') ? 'dotted' : name.startsWith('Python') ? 'dashed' : 'solid',
        },
        data: values.map((value) => value ?? '-'),
      })),
    },
    { width: WIDTH, height: 340 },
  );
}

function titleOf(text: string) {
  return { text, left: 12, top: 4, textStyle: { fontSize: 14 } };
}

function classLabel(memoryMB: number): string {
  return `${String(memoryMB)} MB`;
}

function rounded({ value }: { readonly value: unknown }): string {
  return typeof value === 'number' ? String(Math.round(value)) : '';
}
