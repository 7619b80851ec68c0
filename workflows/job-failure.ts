import {
  ActivityFailure,
  ApplicationFailure,
  defaultPayloadConverter,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Payload } from '@temporalio/common';
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

/** What the last attempt failed of; of one that the time for all attempts ended, what the attempt before it failed of. */
function lastWordOf(failure: Error | undefined): LastWord {
  const message = failure?.message;
  if (failure instanceof ApplicationFailure) return { cause: named(failure.type), message };
  if (!(failure instanceof TimeoutFailure)) return { cause: 'Unknown', message };
  const before = attemptBefore(failure);
  if (!before) return { cause: failure.timeoutType === 'HEARTBEAT' ? 'WorkerLost' : 'Timeout', message };
  const { timeoutFailureInfo, applicationFailureInfo } = before;
  const cause =
    timeoutFailureInfo == null
      ? named(applicationFailureInfo?.type)
      : Number(timeoutFailureInfo.timeoutType) === HEARTBEAT
        ? 'WorkerLost'
        : 'Timeout';
  return { cause, message: before.message ?? message };
}

/**
 * The failure of the attempt before the one within which the time for all attempts ran out. The SDK (1.23) leaves it in
 * the server's form, with payloads decoded.
 */
function attemptBefore({ timeoutType, failure }: TimeoutFailure) {
  return timeoutType === 'SCHEDULE_TO_CLOSE' ? failure?.cause : undefined;
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
  const [details] = attemptBefore(failure)?.applicationFailureInfo?.details?.payloads ?? [];
  return furthest(progress?.checkpoint, details && tryCheckpoint(details));
}

/** Undefined where it is in another converter's form: a checkpoint less is no reason to stop a workflow. */
function tryCheckpoint(payload: Payload): Checkpoint | undefined {
  try {
    return defaultPayloadConverter.fromPayload<Checkpoint>(payload);
  } catch {
    return undefined;
  }
}

/** A heartbeat may have been held back, and an attempt may have gone on after the failure of the one before it. */
function furthest(a: Checkpoint | undefined, b: Checkpoint | undefined): Checkpoint | undefined {
  return (a?.bytesHashed ?? -1) >= (b?.bytesHashed ?? -1) ? a : b;
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
