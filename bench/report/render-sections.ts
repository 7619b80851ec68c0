import { formatBytes } from '../../src/core/format-bytes.js';
import type { ClassComparison } from '../sections/compare-in-classes.js';
import type { MemoryFigure } from '../sections/measure-memory.js';
import type { PipelineResults } from '../sections/measure-pipeline.js';
import type { OneRead } from '../sections/read-once.js';
import { renderTable, withSpread } from './render-table.js';

export function renderOneReads(oneReads: readonly OneRead[]): string {
  return renderTable(
    [
      '',
      'engine, CPU-s a GB',
      'hashes alone + one drain',
      'ratio',
      'engine without start-up',
      'sum without',
      'ratio',
    ],
    oneReads.map((one) => [
      `${one.algorithms.join(' + ')}, ${one.protocol.toUpperCase()}`,
      withSpread(one.engine, 2),
      withSpread(one.sum, 2),
      withSpread(one.toSum, 2),
      withSpread(one.marginalEngine, 2),
      withSpread(one.marginalSum, 2),
      withSpread(one.marginalToSum, 2),
    ]),
  );
}

export function renderMemory(figures: readonly MemoryFigure[]): string {
  return renderTable(
    ['object', 'bytes of one GET', 'protocol', 'peak RSS, MB'],
    figures.map(({ sizeBytes, rangeBytes, protocol, peakRssMB }) => [
      formatBytes(sizeBytes),
      formatBytes(rangeBytes),
      protocol.toUpperCase(),
      withSpread(peakRssMB, 1),
    ]),
  );
}

export function renderClasses(classes: readonly ClassComparison[]): string {
  const rows = classes.flatMap(({ memoryMB, protocol, sizeBytes, rows: contenders }) =>
    contenders.map((row) => [
      `${String(memoryMB)} MB`,
      row.title,
      `${formatBytes(sizeBytes)}, ${protocol.toUpperCase()}`,
      withSpread(row.megabytesPerSecond, 1),
      withSpread(row.startUpSeconds, 1),
      withSpread(row.marginalMegabytesPerSecond, 1),
      withSpread(row.cgroupPeakMB, 0),
    ]),
  );
  const ratios = classes.map(({ memoryMB, pythonToEngine, marginalPythonToEngine }) => [
    `${String(memoryMB)} MB`,
    withSpread(pythonToEngine, 2),
    withSpread(marginalPythonToEngine, 2),
  ]);
  return [
    renderTable(
      [
        'class',
        'contender',
        'object',
        'MB/s, whole process',
        'start-up, s',
        'MB/s without start-up',
        "control group's peak, MB",
      ],
      rows,
    ),
    renderTable(["MB/s, Python's loop ÷ engine", 'whole process', 'both without start-up'], ratios),
  ].join('\n\n');
}

export function renderPipeline({ comparisons, confined }: PipelineResults): string {
  return [
    'CPU of the activity worker’s process alone, from the start of the job to its result:',
    renderTable(
      [
        '',
        'worker, CPU-s a GB',
        'engine alone without start-up',
        'ratio',
        'MB/s, start to result',
        "worker's peak RSS, MB",
      ],
      comparisons.map((one) => [
        `${formatBytes(one.sizeBytes)}, ${one.protocol.toUpperCase()}, ${String(one.memoryMB)} MB class`,
        withSpread(one.worker, 2),
        withSpread(one.marginalEngine, 2),
        withSpread(one.toEngine, 2),
        withSpread(one.megabytesPerSecond, 0),
        one.workerPeakRssMB.toFixed(0),
      ]),
    ),
    ...(confined.length === 0 ? [] : [renderConfined(confined)]),
  ].join('\n\n');
}

function renderConfined(confined: PipelineResults['confined']): string {
  const speed = (sizeBytes: number, seconds: number) => (sizeBytes / 1e6 / seconds).toFixed(1);
  return [
    'Workers inside the limits of their classes, one run each; none was killed. The first job of a class also waits for its worker to start. The peaks are of the worker’s life so far, as sizes rise:',
    renderTable(
      [
        'class',
        'object',
        'seconds',
        'MB/s',
        "Python's loop, MB/s",
        'pipeline ÷ loop',
        "control group's peak, MB",
        'peak RSS, MB',
      ],
      confined.map(({ memoryMB, protocol, sizeBytes, seconds, pythonSeconds, cgroupPeakMB, peakRssMB }) => [
        `${String(memoryMB)} MB`,
        `${formatBytes(sizeBytes)}, ${protocol.toUpperCase()}`,
        seconds.toFixed(1),
        speed(sizeBytes, seconds),
        pythonSeconds === undefined ? '–' : speed(sizeBytes, pythonSeconds),
        pythonSeconds === undefined ? '–' : (pythonSeconds / seconds).toFixed(2),
        cgroupPeakMB === undefined ? '–' : cgroupPeakMB.toFixed(0),
        peakRssMB.toFixed(0),
      ]),
    ),
  ].join('\n\n');
}
