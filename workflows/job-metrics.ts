import { metricMeter } from '@temporalio/workflow';
import type { HashObjectResult } from '../src/core/contracts.js';
import { JOB_METRICS, type JobEnd, type JobFailureCause, type MoveCause } from '../src/core/job-metrics.js';

/** Counts a job that ended with a result. Costs no history event, and nothing is counted twice by a replay. */
export function countResult({ outcome, verdict }: Pick<HashObjectResult, 'outcome' | 'verdict'>): void {
  count(JOB_METRICS.jobs, outcome);
  if (outcome === 'hashed') count(JOB_METRICS.verdicts, verdict);
}

/** Counts a job that failed. */
export function countFailure(cause: JobFailureCause): void {
  count(JOB_METRICS.jobs, 'failed');
  count(JOB_METRICS.failures, cause);
}

/** Counts a job that goes on in another memory class. */
export function countMove(cause: MoveCause): void {
  count(JOB_METRICS.moves, cause);
}

/** Counts a job that an operator cancelled. */
export function countCancellation(): void {
  count(JOB_METRICS.jobs, 'cancelled' satisfies JobEnd);
}

function count(metric: (typeof JOB_METRICS)[keyof typeof JOB_METRICS], value: string): void {
  metricMeter.createCounter(metric.name, '', metric.help).add(1, { [metric.label]: value });
}
