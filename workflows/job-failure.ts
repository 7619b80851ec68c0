import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Checkpoint } from '../src/core/contracts.js';
import { MidstateError } from '../src/core/failures.js';

/** Anything else that is thrown here is continue-as-new, or a defect: that one stops the workflow task, not the job. */
export function isJobFailure(error: unknown): error is ActivityFailure | MidstateError {
  return error instanceof ActivityFailure || error instanceof MidstateError;
}

/** The taxonomy's name for what ended the job. */
export function causeOf(error: unknown): string {
  if (error instanceof MidstateError) return error.failure;
  const inner = error instanceof ActivityFailure ? error.cause : undefined;
  if (inner instanceof TimeoutFailure) return 'Timeout';
  return (inner instanceof ApplicationFailure ? inner.type : undefined) ?? 'Unknown';
}

/** A range that fails for good brings the checkpoint inside it; one inside a part is none of the object. */
export function checkpointOf(error: ActivityFailure | MidstateError): Checkpoint | undefined {
  const inner = error instanceof ActivityFailure ? error.cause : undefined;
  const details = inner instanceof ApplicationFailure ? inner.details : undefined;
  const checkpoint = details?.[0] as Checkpoint | undefined;
  return checkpoint?.originByte === undefined ? checkpoint : undefined;
}

/** The failure that ends the job: the name of its cause, and the last checkpoint. */
export function jobFailure(
  cause: string,
  error: unknown,
  checkpoint: Checkpoint | undefined,
): ApplicationFailure {
  const inner = error instanceof ActivityFailure ? error.cause : error;
  return ApplicationFailure.create({
    type: cause,
    message: inner instanceof Error ? inner.message : String(error),
    nonRetryable: true,
    details: checkpoint === undefined ? [] : [{ checkpoint }],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
