import { setTimeout as delay } from 'node:timers/promises';
import { progressLine } from '../../core/backfill-details.js';
import { printable } from '../../core/failures.js';
import { readBackfillStatus } from '../../temporal/backfill-status.js';
import { EXIT } from '../exit-codes.js';
import type { Temporal } from '../report-job.js';
import { reportBackfill } from './report-backfill.js';

const INTERVAL_MS = 500;

/** Lines of a terminal that is narrow are cut, so that the next one overwrites them. */
const LINE_LENGTH = 100;

/** Follows a backfill to its end with a line of progress, then reports it. What failed sets the exit code. */
export async function followBackfill(temporal: Temporal, workflowId: string, json = false): Promise<void> {
  const isShown = process.stderr.isTTY && !json;
  for (;;) {
    const status = await readBackfillStatus(temporal.client, workflowId);
    if (status.execution !== 'RUNNING') {
      if (isShown) process.stderr.write(`\r${' '.repeat(LINE_LENGTH)}\r`);
      reportBackfill(temporal, status, json);
      const hasFailed = (status.progress?.counts.failed ?? 0) > 0;
      if (status.execution !== 'COMPLETED' || hasFailed) process.exitCode = EXIT.failed;
      return;
    }
    if (isShown && status.progress !== undefined) {
      const line = printable(progressLine(status.progress)).slice(0, LINE_LENGTH);
      process.stderr.write(`\r${line.padEnd(LINE_LENGTH)}`);
    }
    await delay(INTERVAL_MS);
  }
}
