import type { Comparison, ComparisonRow } from '../comparison.js';
import type { ContenderId } from '../peers/contender.js';
import type { Summary } from '../statistics.js';
import { renderTable, withSpread } from './render-table.js';

/** One comparison: whole processes, then without their start-up. */
export function renderComparison({ algorithm, protocol, floor, rows }: Comparison): string {
  const whole = renderTable(
    ['whole process', 'CPU-s a GB', '÷ floor', 'engine ÷ it', 'MB/s', 'peak RSS, MB'],
    rows.map((row) => [
      row.title,
      withSpread(row.cpuSecondsPerGB, 2),
      withSpread(row.toFloor, 2),
      withSpread(row.engineToThis, 2),
      withSpread(row.megabytesPerSecond, 0),
      withSpread(row.peakRssMB, 0),
    ]),
  );
  const marginal = renderTable(
    ['without start-up', 'start-up, CPU-s', 'CPU-s a GB', '÷ floor', 'engine ÷ it'],
    rows.map((row) => [
      row.title,
      withSpread(row.startUpCpuSeconds, 2),
      withSpread(row.marginalCpuSecondsPerGB, 2),
      withSpread(row.marginalToFloor, 2),
      withSpread(row.marginalEngineToThis, 2),
    ]),
  );
  const base =
    floor === undefined
      ? 'No floor: curl is missing.'
      : `Floor: ${withSpread(floor.cpuSecondsPerGB, 2)} CPU-seconds a GB, of which curl ${withSpread(floor.drainCpuSecondsPerGB, 2)} and ${floor.hashTitle} ${withSpread(floor.hashCpuSecondsPerGB, 2)}; ${withSpread(floor.marginalCpuSecondsPerGB, 2)} without curl's start-up.`;
  return `### ${algorithm} over ${protocol.toUpperCase()}\n\n${base}\n\n${whole}\n\n${marginal}`;
}

/** All algorithms side by side: medians of CPU-seconds a GB. */
export function renderAlgorithms(comparisons: readonly Comparison[]): string {
  const ids = [...new Set(comparisons.flatMap(({ rows }) => rows.map(({ id }) => id)))];
  const readers = ids.filter((id) => id !== 'curl');
  const header = ['', 'floor', ...readers.map(shortName), 'native engine ÷ floor'];
  const table = (
    floorOf: (comparison: Comparison) => Summary | undefined,
    costOf: (row: ComparisonRow) => Summary,
    ratioOf: (row: ComparisonRow) => Summary | undefined,
  ): string =>
    renderTable(
      header,
      comparisons.map((comparison) => {
        const rowOf = (id: ContenderId) => comparison.rows.find((row) => row.id === id);
        const native = rowOf('engine-native');
        return [
          `${comparison.algorithm}, ${comparison.protocol.toUpperCase()}`,
          median(floorOf(comparison)),
          ...readers.map((id) => {
            const row = rowOf(id);
            return median(row && costOf(row));
          }),
          median(native && ratioOf(native)),
        ];
      }),
    );
  return [
    'Medians of CPU-seconds a GB, whole processes:',
    table(
      ({ floor }) => floor?.cpuSecondsPerGB,
      ({ cpuSecondsPerGB }) => cpuSecondsPerGB,
      ({ toFloor }) => toFloor,
    ),
    'The same without start-up:',
    table(
      ({ floor }) => floor?.marginalCpuSecondsPerGB,
      ({ marginalCpuSecondsPerGB }) => marginalCpuSecondsPerGB,
      ({ marginalToFloor }) => marginalToFloor,
    ),
  ].join('\n\n');
}

function median(summary: Summary | undefined): string {
  return summary === undefined ? '–' : summary.median.toFixed(2);
}

/** A contender's name where there is little room. */
export function shortName(id: ContenderId): string {
  const names: Partial<Record<ContenderId, string>> = {
    'engine-native': 'midstate, native',
    'engine-portable': 'midstate, portable',
    python: 'Python loop',
    'aws-cli': 'aws s3 cp',
    'aws-sdk': 'AWS SDK JS',
  };
  return names[id] ?? id;
}
