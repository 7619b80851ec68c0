import type { Outcome, Verdict } from './contracts.js';
import { FAILURE_NAMES } from './failures.js';

/** Ends of jobs, as the workflows count them. */
export type JobEnd = Outcome | 'failed';

/** Causes that a failed job is counted under: the taxonomy's, and what falls outside of it. */
export const JOB_FAILURE_CAUSES: readonly string[] = [...FAILURE_NAMES, 'Timeout', 'Unknown'];

/**
 * Counters that only a workflow can keep, for only it knows how a job ends. They are kept by the SDK's meter, which
 * counts nothing while a history is replayed.
 */
export const JOB_METRICS = {
  jobs: {
    name: 'midstate_jobs_total',
    help: 'Jobs that ended, by outcome.',
    label: 'outcome',
    values: ['hashed', 'superseded', 'gone', 'failed'] satisfies JobEnd[],
  },
  verdicts: {
    name: 'midstate_verdicts_total',
    help: 'Hashed objects, by what the comparison with the digests their owner claims said.',
    label: 'verdict',
    values: ['match', 'mismatch', 'unverified'] satisfies Verdict[],
  },
  failures: {
    name: 'midstate_job_failures_total',
    help: 'Jobs that failed, by cause.',
    label: 'cause',
    values: JOB_FAILURE_CAUSES,
  },
} as const;
