import type { TuneResult } from './tune-result.js';

const HEAD = [
  'memory_mb',
  'chunk_bytes',
  'object_bytes',
  'algorithms',
  'connections',
  'objects_at_once',
  'runner',
  'runs',
  'dropped',
  'seconds_median',
  'mb_per_s_median',
  'mb_per_s_low',
  'mb_per_s_high',
  'confidence',
  'cpu_s_per_gb_median',
  'peak_bytes',
  'billed_gb_s',
  'failure',
] as const;

/** A line for each cell. Nothing in it needs quotes but a failure. */
export function tuneCsv({ cells }: TuneResult): string {
  const lines = cells.map((cell) => {
    const { megabytesPerSecond: speed, seconds, cpuSecondsPerGB, peakBytes, failures, runs } = cell;
    const billed = runs.flatMap(({ billedGBSeconds }) => billedGBSeconds ?? []);
    const failure = failures[0] === undefined ? '' : `"${failures[0].replaceAll('"', '""')}"`;
    return [
      cell.memoryMB,
      cell.chunkSizeBytes,
      cell.objectBytes,
      cell.algorithms.join('+'),
      cell.connections,
      cell.objectsAtOnce,
      cell.runner,
      speed?.runs ?? 0,
      speed?.dropped ?? 0,
      seconds?.median.toFixed(4),
      speed?.median.toFixed(2),
      speed?.low.toFixed(2),
      speed?.high.toFixed(2),
      speed?.confidence.toFixed(3),
      cpuSecondsPerGB?.median.toFixed(3),
      peakBytes,
      billed.length === 0 ? undefined : billed.reduce((sum, one) => sum + one, 0).toFixed(3),
      failure,
    ].join(',');
  });
  return `${[HEAD.join(','), ...lines].join('\n')}\n`;
}
