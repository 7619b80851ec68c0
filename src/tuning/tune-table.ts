import { formatBytes } from '../core/format-bytes.js';
import type { Matrix } from './matrix.js';
import { seedRowOf } from './seed-table.js';
import type { CellResult, TuneResult } from './tune-result.js';
import type { Summary } from './summarize-runs.js';

/** A table of text. */
export interface TextTable {
  readonly head: string[];
  readonly rows: string[][];
}

/**
 * The seed's table in the seed's layout, beside the seed's own figures and Python's: a line for each class, chunk and
 * object; further dimensions have columns where they vary.
 */
export function tuneTable({ cells, matrix }: TuneResult): TextTable {
  const varied = DIMENSIONS.filter(({ isVaried }) => isVaried(matrix));
  const pythons = new Map(
    cells.filter(({ runner }) => runner === 'python').map((cell) => [placeOf(cell), cell]),
  );
  const hasPython = pythons.size > 0;
  return {
    head: [
      'memory',
      'chunk',
      'object',
      ...varied.map(({ name }) => name),
      'memory used',
      'first run',
      'second run',
      'MB/s',
      'interval',
      'CPU-s a GB',
      ...(hasPython ? ['Python MB/s', 'Python memory'] : []),
      'seed MB/s',
      'seed memory',
    ],
    rows: cells
      .filter(({ runner }) => runner !== 'python')
      .map((cell) => {
        const seed =
          cell.objectsAtOnce === 1
            ? seedRowOf(cell.memoryMB, cell.chunkSizeBytes, cell.objectBytes)
            : undefined;
        const python = cell.objectsAtOnce === 1 ? pythons.get(placeOf(cell)) : undefined;
        return [
          `${String(cell.memoryMB)} MB`,
          formatBytes(cell.chunkSizeBytes),
          formatBytes(cell.objectBytes),
          ...varied.map(({ of }) => of(cell)),
          megabytes(cell.peakBytes),
          seconds(cell, 1),
          seconds(cell, 2),
          cell.megabytesPerSecond === undefined
            ? (cell.failures[0] ?? 'no run')
            : figure(cell.megabytesPerSecond.median),
          interval(cell.megabytesPerSecond),
          cell.cpuSecondsPerGB === undefined ? '' : figure(cell.cpuSecondsPerGB.median),
          ...(hasPython
            ? [
                python?.megabytesPerSecond === undefined
                  ? (python?.failures[0] ?? '')
                  : figure(python.megabytesPerSecond.median),
                megabytes(python?.peakBytes),
              ]
            : []),
          seed === undefined ? '' : figure(seed.averageMBPerSecond),
          seed === undefined ? '' : `${String(seed.memoryUsedMB)} MB`,
        ];
      }),
  };
}

const DIMENSIONS: readonly {
  readonly name: string;
  readonly isVaried: (matrix: Matrix) => boolean;
  readonly of: (cell: CellResult) => string;
}[] = [
  {
    name: 'algorithms',
    isVaried: ({ algorithms }) => algorithms.length > 1,
    of: ({ algorithms }) => algorithms.join('+'),
  },
  {
    name: 'connections',
    isVaried: ({ connections }) => connections.length > 1,
    of: ({ connections }) => String(connections),
  },
  {
    name: 'at once',
    isVaried: ({ objectsAtOnce }) => objectsAtOnce.length > 1,
    of: ({ objectsAtOnce }) => String(objectsAtOnce),
  },
  { name: 'engine', isVaried: ({ engines }) => engines.length > 1, of: ({ runner }) => runner },
];

function placeOf({ memoryMB, chunkSizeBytes, objectBytes }: CellResult): string {
  return [memoryMB, chunkSizeBytes, objectBytes].join(' ');
}

/** Three significant digits. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${String(Math.round(bytes / 1e6))} MB`;
}

function seconds({ runs }: CellResult, round: number): string {
  const run = runs.find((one) => one.round === round);
  return run?.seconds === undefined ? '' : `${figure(run.seconds)} s`;
}

function interval(summary: Summary | undefined): string {
  if (summary === undefined || summary.runs < 2) return '';
  const { low, high, confidence, dropped } = summary;
  const left = dropped === 0 ? '' : `, ${String(dropped)} dropped`;
  return `${figure(low)}–${figure(high)} (${String(Math.round(confidence * 100))} %${left})`;
}
