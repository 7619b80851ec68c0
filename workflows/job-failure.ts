import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { HashRangeProgress } from '../activities/index.js';
import type { Checkpoint } from '../src/core/contracts.js';
import { MidstateError } from '../src/core/failures.js';
import { isJobFailureCause, type JobFailureCause } from '../src/core/job-metrics.js';

/** Anything else that is thrown here is continue-as-new, or a defect: that one stops the workflow task, not the job. */
export function isJobFailure(error: unknown): error is ActivityFailure | MidstateError {
  return error instanceof ActivityFailure || error instanceof MidstateError;
}

/** The taxonomy's name for what ended the job; of work that was given up, for what its last attempt failed of. */
export function causeOf(error: unknown): JobFailureCause {
  if (error instanceof MidstateError) return error.failure;
  return error instanceof ActivityFailure ? lastWordOf(error.cause).cause : 'Unknown';
}

/** A reading that fails for good brings the checkpoint inside it; one inside a part is none of the object. */
export function checkpointOf(error: ActivityFailure | MidstateError): Checkpoint | undefined {
  const checkpoint = error instanceof ActivityFailure ? checkpointIn(error.cause) : undefined;
  return checkpoint?.originByte === undefined ? checkpoint : undefined;
}

/** The failure that ends the job: the name of its cause, and the last checkpoint. */
export function jobFailure(
  cause: JobFailureCause,
  error: unknown,
  checkpoint: Checkpoint | undefined,
): ApplicationFailure {
  return ApplicationFailure.create({
    type: cause,
    message: messageOf(error),
    nonRetryable: true,
    details: checkpoint === undefined ? [] : [{ checkpoint }],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

interface LastWord {
  readonly cause: JobFailureCause;
  readonly message: string | undefined;
}

/**
 * What the last attempt failed of. Where the time for all attempts ran out within one, the server names the failure of
 * the attempt before it, and the SDK (1.23) leaves that in the server's form.
 */
function lastWordOf(failure: Error | undefined): LastWord {
  const message = failure?.message;
  if (failure instanceof ApplicationFailure) return { cause: named(failure.type), message };
  if (!(failure instanceof TimeoutFailure)) return { cause: 'Unknown', message };
  const { timeoutType } = failure;
  const before = timeoutType === 'SCHEDULE_TO_CLOSE' ? failure.failure?.cause : undefined;
  if (!before) return { cause: timeoutType === 'HEARTBEAT' ? 'WorkerLost' : 'Timeout', message };
  const { timeoutFailureInfo, applicationFailureInfo } = before;
  const cause =
    timeoutFailureInfo == null
      ? named(applicationFailureInfo?.type)
      : Number(timeoutFailureInfo.timeoutType) === HEARTBEAT
        ? 'WorkerLost'
        : 'Timeout';
  return { cause, message: before.message ?? message };
}

/** `TimeoutType` of Temporal's API. */
const HEARTBEAT = 4;

function named(type: string | null | undefined): JobFailureCause {
  return isJobFailureCause(type) ? type : 'Unknown';
}

function checkpointIn(failure: Error | undefined): Checkpoint | undefined {
  if (failure instanceof ApplicationFailure) return failure.details?.[0] as Checkpoint | undefined;
  if (!(failure instanceof TimeoutFailure)) return undefined;
  const progress = failure.lastHeartbeatDetails as Partial<HashRangeProgress> | null | undefined;
  return progress?.checkpoint;
}

function messageOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) return error instanceof Error ? error.message : String(error);
  const { cause, activityType, retryState } = error;
  const said = lastWordOf(cause).message ?? error.message;
  const isGivenUp = cause instanceof TimeoutFailure || retryState === 'TIMEOUT';
  return isGivenUp
    ? `${activityType}: given up, as the job's policy has it; its last attempt: ${said}`
    : said;
}
