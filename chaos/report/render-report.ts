import Table from 'cli-table3';
import { formatBytes } from '../../src/core/format-bytes.js';
import { allowedBytes, boundSeconds, faultsOf, type ChaosFigures } from './figures.js';

/** The report for a terminal. */
export function renderReport(figures: ChaosFigures, violations: readonly string[]): string {
  const parts = [
    `seed ${figures.seed} · ${figures.mode} · ${minutes(figures.faultSeconds)} of faults, ${minutes(figures.seconds)} in all`,
    table([], summaryRows(figures)),
    table(['fault', 'times'], faultRows(figures)),
    table(['may be read twice', 'times', 'bytes'], allowanceRows(figures)),
    table(['went on after', 'times', 'median s', 'longest s', 'bound s'], recoveryRows(figures)),
    ...Object.entries(figures.missing).map(([fault, reason]) => `not done: ${fault}: ${reason}`),
    violations.length === 0
      ? 'passed: nothing wrong, nothing lost, nothing double, every bound kept'
      : ['FAILED', ...violations.map((violation) => `- ${violation}`)].join('\n'),
  ];
  return parts.join('\n');
}

function summaryRows(figures: ChaosFigures): string[][] {
  const { bytesHashed, bytesRead, bytesReadTwice, bytesReadInVain, inFlight } = figures;
  const share = bytesRead === 0 ? 0 : (100 * bytesReadTwice) / bytesRead;
  return [
    [
      'objects uploaded',
      `${String(figures.uploads)} (${String(inFlight.least)} to ${String(inFlight.most)} in flight)`,
    ],
    ['hashed, superseded, gone', [figures.hashed, figures.superseded, figures.gone].map(String).join(', ')],
    ['faults', String(faultsOf(figures))],
    ['process kills among them', String(figures.processKills)],
    ['bytes hashed', formatBytes(bytesHashed)],
    ['bytes read', formatBytes(bytesRead)],
    ['for versions that were replaced', formatBytes(bytesReadInVain)],
    ['bytes read twice', `${formatBytes(bytesReadTwice)} (${share.toFixed(1)} %)`],
    ['allowed to be', formatBytes(allowedBytes(figures))],
    ['wrong digests', String(figures.wrongDigests.length)],
    ['lost objects', String(figures.lostObjects.length)],
    ['double results', String(figures.doubleResults.length)],
    ['failed jobs', String(figures.failedJobs.length)],
  ];
}

function faultRows({ faults }: ChaosFigures): string[][] {
  return Object.entries(faults).map(([name, count]) => [name, String(count)]);
}

function allowanceRows({ allowances }: ChaosFigures): string[][] {
  return allowances.map(({ kind, faults, bytes }) => [kind, String(faults), formatBytes(bytes)]);
}

function recoveryRows({ recoveries }: ChaosFigures): string[][] {
  return recoveries.map(({ after, times, medianSeconds, longestSeconds }) => [
    after,
    String(times),
    medianSeconds.toFixed(1),
    longestSeconds.toFixed(1),
    boundSeconds(after)?.toString() ?? '–',
  ]);
}

function table(head: string[], rows: readonly string[][]): string {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows.map((row) => [...row]));
  return drawn.toString();
}

function minutes(seconds: number): string {
  return `${String(Math.floor(seconds / 60))} min ${String(Math.round(seconds % 60))} s`;
}
