import Table from 'cli-table3';
import { formatBytes } from '../core/format-bytes.js';
import type { KillReport } from './kill-worker.js';

/** What became of one object of the demo. */
export interface DemoRow {
  readonly label: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly digest: string;
  /** SHA-1 by node:crypto, taken while the bytes were made. */
  readonly independentDigest: string;
  readonly seconds: number;
  readonly megabytesPerSecond: number;
  readonly workerPeakRssBytes: number;
  /** By the workers' own count, which a kill cannot erase, less the object's size. */
  readonly bytesReadTwice: number;
  readonly attempts: number;
}

export interface DemoReport {
  readonly rows: readonly DemoRow[];
  readonly kill: KillReport;
  readonly lossBoundSeconds: number;
  readonly totalSeconds: number;
}

/** True when every digest is the independent one. */
export function digestsMatch({ rows }: DemoReport): boolean {
  return rows.every((row) => row.digest === row.independentDigest);
}

/** True when no more was read twice than the loss bound allows, and nothing where no worker was killed. */
export function lossIsBounded({ rows, kill }: DemoReport): boolean {
  return rows.every((row, index) => {
    const allowed = index === rows.length - 1 ? kill.allowedBytesReadTwice : 0;
    return row.bytesReadTwice <= allowed;
  });
}

/** The closing table and what it means. */
export function describeReport(report: DemoReport): string[] {
  const table = new Table({
    head: ['object', 'sha1', 'checked', 'seconds', 'MB/s', 'worker peak', 'read twice'],
    style: { head: [], border: [] },
    colAligns: ['right', 'left', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const row of report.rows) {
    table.push([
      row.label,
      row.digest,
      row.digest === row.independentDigest ? 'equal' : 'DIFFERS',
      row.seconds.toFixed(1),
      row.megabytesPerSecond.toFixed(0),
      formatBytes(row.workerPeakRssBytes),
      formatBytes(row.bytesReadTwice),
    ]);
  }
  const { kill, lossBoundSeconds } = report;
  return [
    ...table.toString().split('\n'),
    `The worker was killed after reading ${formatBytes(kill.readByKilledWorker)}; the server held the midstate at ` +
      `${formatBytes(kill.checkpointAtByte)}, and the hash went on from there.`,
    `The loss bound of ${String(lossBoundSeconds)} s allows ${formatBytes(kill.allowedBytesReadTwice)} to be read twice: ` +
      (lossIsBounded(report) ? 'kept.' : 'EXCEEDED.'),
    digestsMatch(report)
      ? 'Each digest equals the one computed by node:crypto while the bytes were made.'
      : 'A DIGEST DIFFERS from the one computed by node:crypto while the bytes were made.',
    `${report.totalSeconds.toFixed(0)} s in all.`,
  ];
}
