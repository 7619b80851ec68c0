import type { Outcome, Verdict } from './contracts.js';
import { FAILURE_NAMES } from './failures.js';

/** Ends of jobs, as the workflows count them. */
export type JobEnd = Outcome | 'failed' | 'cancelled';

/** Why a job went on in another memory class: two workers died of it, the class had none, or an operator asked for it. */
export type MoveCause = 'WorkerLost' | 'NotServed' | 'Operator';

/** Causes that a job fails under: the taxonomy's, and what falls outside of it. */
export const JOB_FAILURE_CAUSES = [...FAILURE_NAMES, 'Timeout', 'Unknown'] as const;

export type JobFailureCause = (typeof JOB_FAILURE_CAUSES)[number];

export function isJobFailureCause(value: unknown): value is JobFailureCause {
  return (JOB_FAILURE_CAUSES as readonly unknown[]).includes(value);
}

/**
 * Counters that only a workflow can keep, for only it knows how a job ends. They are kept by the SDK's meter, which
 * counts nothing while a history is replayed.
 */
export const JOB_METRICS = {
  jobs: {
    name: 'midstate_jobs_total',
    help: 'Jobs that ended, by outcome.',
    label: 'outcome',
    values: ['hashed', 'superseded', 'gone', 'failed', 'cancelled'] satisfies JobEnd[],
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
  moves: {
    name: 'midstate_class_moves_total',
    help: 'Times that a job went on in another memory class, by why.',
    label: 'cause',
    values: ['WorkerLost', 'NotServed', 'Operator'] satisfies MoveCause[],
  },
} as const;
