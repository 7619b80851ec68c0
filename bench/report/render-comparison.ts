import type { Comparison } from '../comparison.js';
import { renderTable, withSpread } from './render-table.js';

/** One comparison as a table in Markdown. */
export function renderComparison({ algorithm, protocol, floor, rows }: Comparison): string {
  const header = [
    'contender',
    'CPU-s/GB',
    '÷ floor',
    'engine ÷ it',
    'start-up CPU-s',
    'CPU-s/GB without start-up',
    '÷ floor, both without',
    'engine ÷ it, both without',
    'MB/s',
    'peak RSS MB',
  ];
  const lines = rows.map((row) => [
    row.title,
    withSpread(row.cpuSecondsPerGB, 2),
    withSpread(row.toFloor, 2),
    withSpread(row.engineToThis, 2),
    withSpread(row.startUpCpuSeconds, 2),
    withSpread(row.marginalCpuSecondsPerGB, 2),
    withSpread(row.marginalToFloor, 2),
    withSpread(row.marginalEngineToThis, 2),
    withSpread(row.megabytesPerSecond, 0),
    withSpread(row.peakRssMB, 0),
  ]);
  const base =
    floor === undefined
      ? ''
      : `Floor: ${withSpread(floor.cpuSecondsPerGB, 2)} (drain ${withSpread(floor.drainCpuSecondsPerGB, 2)} + ${floor.hashTitle} ${withSpread(floor.hashCpuSecondsPerGB, 2)}); without start-up ${withSpread(floor.marginalCpuSecondsPerGB, 2)}`;
  return `### ${algorithm} over ${protocol.toUpperCase()}\n\n${renderTable(header, lines)}\n\n${base}\n`;
}
