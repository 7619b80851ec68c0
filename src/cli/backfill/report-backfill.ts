import { COUNT_NAMES, describeRate, progressLine } from '../../core/backfill-details.js';
import { NO_COUNTS, type BackfillCounts, type BackfillProgress } from '../../core/backfill.js';
import type { BackfillStatus } from '../../temporal/backfill-status.js';
import { jobUrl } from '../../temporal/web-ui-links.js';
import { printJson, printLine } from '../output.js';
import type { Temporal } from '../report-job.js';

/** Prints how a backfill stands, or how it ended. */
export function reportBackfill({ ui }: Temporal, status: BackfillStatus, json = false): void {
  const link = ui === undefined ? undefined : jobUrl(ui, status.workflowId);
  if (json) {
    printJson({ ...status, ...(link === undefined ? {} : { webUi: link }) });
    return;
  }
  for (const line of describeBackfill(status)) printLine(line);
  if (link !== undefined) printLine(`  ${link}`);
}

function describeBackfill({ execution, workflowId, progress, lastError, failure }: BackfillStatus): string[] {
  if (progress === undefined) {
    return [`${execution.toLowerCase()}  ${workflowId}`, '  no workflow worker answers'];
  }
  const { name, of, counts, samples } = progress;
  const state = execution === 'RUNNING' ? progressLine(progress) : endOf(execution, progress);
  return [
    `${name} of ${of}: ${state}`,
    ...[
      workflowId,
      ...describeEachCount(counts),
      ...(failure === undefined ? [] : [`${failure.cause}: ${failure.message}`]),
      ...(lastError === undefined ? [] : [`tried again after: ${lastError}`]),
      ...samples.failed.map((reason) => `failed  ${reason}`),
    ].map((line) => `  ${line}`),
  ];
}

function endOf(execution: string, progress: BackfillProgress): string {
  const rate = describeRate(progress);
  const state = execution === 'COMPLETED' ? progress.state : execution.toLowerCase();
  return rate === '' ? state : `${state} · ${rate}`;
}

function describeEachCount(counts: BackfillCounts): string[] {
  const names = Object.keys(NO_COUNTS) as (keyof BackfillCounts)[];
  return names
    .filter((name) => counts[name] > 0 || name === 'listed' || name === 'started')
    .map((name) => `${String(counts[name]).padStart(10)}  ${COUNT_NAMES[name]}`);
}
